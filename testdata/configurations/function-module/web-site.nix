# A container that serves one site. Arguments first, then the module.
{
  name,
  port,
  hostAddress,
  localAddress,
  autoStart ? true,
  extraConfig ? { },
}:

{ lib, ... }:

{
  containers.${name} = {
    inherit autoStart hostAddress localAddress;
    privateNetwork = true;
    forwardPorts = [
      {
        hostPort = port;
        containerPort = 80;
      }
    ];
    config = lib.mkMerge [
      {
        services.nginx.enable = true;
        services.nginx.virtualHosts.${name}.default = true;
      }
      extraConfig
    ];
  };
}
