{ lib, ... }:
{
  containers.web = {
    autoStart = lib.mkDefault true;
    timeoutStartSec = timeout; # error: 23-30 undefined-variable
    config = { };
  };
}
