{ config, lib, ... }:
{
  options.site.start = lib.mkOption { type = lib.types.str; default = "90s"; readOnly = true; };
  config.containers.web = {
    timeoutStartSec = config.site.start;
    config = { };
  };
}
