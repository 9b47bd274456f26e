# A household server with three containers. Try it out, without touching this machine:
#
#   conex plan  testdata/quick-start/configuration.nix --root /tmp/house
#   conex apply testdata/quick-start/configuration.nix --root /tmp/house
{ config, lib, ... }:

let
  # The host's end of every container's network.
  hostAddress = "10.77.0.1";
in
{
  networking.hostName = "house";
  networking.domain = "example.org";

  systemd.containers = {
    # The web server: the only one that the outside can reach.
    web = {
      autoStart = true;
      privateNetwork = true;
      inherit hostAddress;
      localAddress = "10.77.0.2";
      forwardPorts =
        map
          (port: {
            hostPort = port;
          })
          [
            80
            443
          ];
      config = {
        services.nginx = {
          enable = true;
          virtualHosts."photos.${config.networking.domain}".locations."/".proxyPass = "http://10.77.0.4:2283";
        };
        networking.firewall.allowedTCPPorts = [
          80
          443
        ];
        system.stateVersion = "26.05";
      };
    };

    # Mail for the household. It may take its time to start.
    mail = {
      autoStart = true;
      privateNetwork = true;
      inherit hostAddress;
      localAddress = "10.77.0.3";
      timeoutStartSec = "5min";
      forwardPorts = lib.singleton { hostPort = 25; };
      config =
        { lib, ... }:
        {
          services.postfix.enable = true;
          networking.hostName = lib.mkForce "mail";
          system.stateVersion = "26.05";
        };
    };

    # Photos: kept on the host, below /srv, and started by hand.
    photos = {
      privateNetwork = true;
      inherit hostAddress;
      localAddress = "10.77.0.4";
      bindMounts."/photos" = {
        hostPath = "/srv";
        isReadOnly = false;
      };
      config = {
        services.immich.enable = true;
        services.immich.mediaLocation = "/photos";
        system.stateVersion = "26.05";
      };
    };
  };
}
