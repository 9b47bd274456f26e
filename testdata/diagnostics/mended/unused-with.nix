{ lib, ... }:
{
  containers.web = {
    tmpfs = [ "/tmp" ];
    autoStart = lib.mkDefault true;
    config = { };
  };
}
