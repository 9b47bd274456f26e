{ lib, ... }:
{
  containers.web = {
    autoStart = lib.mkDefault true;
    timeoutStartSec = "90s";
    config = { };
  };
}
