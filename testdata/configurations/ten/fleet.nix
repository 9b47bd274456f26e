# `count` containers of every day, each with its own network, ports, mounts and configuration.
# Made from an index only, so that runs over 10, 100 and 1,000 can be compared.
{
  count,
}:

{ lib, ... }:

let
  inherit (lib)
    concatStringsSep
    fixedWidthNumber
    listToAttrs
    mod
    nameValuePair
    optional
    optionals
    range
    ;

  # 10.A.B.C for the nth address of the fleet.
  address =
    n:
    concatStringsSep "." (
      map toString [
        10
        (60 + n / 65536)
        (mod (n / 256) 256)
        (mod n 256)
      ]
    );

  container =
    i:
    nameValuePair "app-${fixedWidthNumber 4 i}" {
      autoStart = mod i 7 != 0;
      restartIfChanged = mod i 7 == 0 || mod i 5 != 0;
      timeoutStartSec = "${toString (60 + mod i 4 * 30)}s";
      privateNetwork = true;
      hostAddress = address (2 * i);
      localAddress = address (2 * i + 1);
      hostAddress6 = "fd60::${toString (2 * i)}";
      localAddress6 = "fd60::${toString (2 * i + 1)}";
      forwardPorts = [
        {
          hostPort = 20000 + i;
          containerPort = 80;
        }
      ]
      ++ optional (mod i 3 == 0) {
        protocol = "udp";
        hostPort = 30000 + i;
        containerPort = 53;
      };
      bindMounts = {
        "/data" = {
          hostPath = "/srv";
          isReadOnly = false;
        };
        logs = {
          mountPoint = "/host/log";
          hostPath = "/var/log";
        };
      };
      tmpfs = [ "/tmp" ] ++ optional (mod i 2 == 0) "/scratch:size=${toString (64 + mod i 8)}M";
      allowedDevices = optionals (mod i 10 == 0) [
        {
          node = "/dev/fuse";
          modifier = "rw";
        }
      ];
      additionalCapabilities = optional (mod i 6 == 0) "CAP_NET_RAW";
      extraFlags = [ "--hostname=app${toString i}.example.org" ];
      config = {
        networking.firewall.allowedTCPPorts = [ 80 ];
        services.nginx = {
          enable = true;
          virtualHosts."app${toString i}.example.org".root = "/data/www";
        };
        system.stateVersion = "26.05";
      };
    };
in
{
  networking.nat = {
    enable = true;
    internalInterfaces = [ "ve-+" ];
  };

  containers = listToAttrs (map container (range 1 count));
}
