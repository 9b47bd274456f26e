# What the host says of itself, read back for its containers.
{ config, lib, ... }:

let
  prefix = config.networking.hostName;
in
{
  networking.hostName = "lodge";
  networking.domain = "example.org";
  services.monitor = {
    targets = [ "agent" ];
    interval = 30;
  };

  containers."${lib.head config.services.monitor.targets}" = {
    timeoutStartSec = "${toString (config.services.monitor.interval * 2)}s";
    extraFlags = [ "--hostname=${prefix}-agent.${config.networking.domain}" ];
    config.networking.search = [ config.networking.domain ];
  };
}
