{ config, lib, ... }:
{
  warnings = lib.optional (!config.containers.web.autoStart) "The web server does not start by itself.";
  containers.web = {
    autoStart = true;
    config = { };
  };
}
