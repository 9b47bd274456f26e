{ config, ... }:
{
  containers.a = {
    timeoutStartSec = "90s";
    config = { };
  };
}
