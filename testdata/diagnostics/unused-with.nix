{ lib, ... }:
{
  containers.web = {
    tmpfs = with lib; [ "/tmp" ]; # warning: 13-22 unused-with
    autoStart = lib.mkDefault true;
    config = { };
  };
}
