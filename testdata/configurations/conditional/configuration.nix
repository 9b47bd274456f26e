# A container that comes with a service of the host, which the host defines.
{ config, lib, ... }:

{
  services.prometheus.enable = true;

  containers = lib.mkMerge [
    (lib.mkIf config.services.prometheus.enable {
      exporter = {
        autoStart = config.services.prometheus.enable;
        config.services.prometheus.exporters.node.enable = true;
      };
    })
    (lib.mkIf (!config.services.prometheus.enable) {
      never.config = { };
    })
  ];
}
