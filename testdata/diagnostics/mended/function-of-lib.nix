{ lib, ... }:
{
  containers.web = {
    autoStart = lib.mkDefault true;
    config = { };
  };
}
