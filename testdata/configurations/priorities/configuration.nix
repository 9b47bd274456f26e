# Definitions of the same options in several files, with priorities and an order.
{ lib, ... }:

{
  imports = [
    ./defaults.nix
    ./site.nix
  ];

  containers.app = {
    timeoutStartSec = "2min";
    autoStart = lib.mkForce false;
    interfaces = lib.mkBefore [ "eth1" ];
    extraFlags = [ "--middle" ];
    bindMounts."/data".isReadOnly = lib.mkOverride 90 false;
    hostAddress = lib.mkIf false "192.0.2.1";
    config.services.nginx.enable = true;
  };
}
