{ config, ... }:
{
  containers.a = {
    timeoutStartSec = config.containers.a.timeoutStartSec; # error: 23-58 infinite-recursion
    config = { };
  };
}
