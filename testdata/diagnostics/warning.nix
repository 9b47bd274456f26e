{ config, lib, ... }:
{
  warnings = lib.optional (!config.containers.web.autoStart) "The web server does not start by itself."; # warning: 14-104 warning
  containers.web = {
    autoStart = false;
    config = { };
  };
}
