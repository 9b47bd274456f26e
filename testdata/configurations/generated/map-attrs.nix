{ lib, ... }:

let
  sites = {
    intranet = {
      port = 8101;
      public = false;
    };
    press = {
      port = 8102;
      public = true;
    };
  };
in
{
  containers = lib.mapAttrs' (
    name: site:
    lib.nameValuePair "web-${name}" (
      {
        config.services.nginx.virtualHosts.${name} = { };
      }
      // lib.optionalAttrs site.public {
        privateNetwork = true;
        hostAddress = "10.30.0.1";
        localAddress = "10.30.0.2";
        forwardPorts = [
          {
            hostPort = site.port;
            containerPort = 80;
          }
        ];
      }
    )
  ) sites;
}
