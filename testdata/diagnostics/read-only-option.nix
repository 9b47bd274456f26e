{ config, lib, ... }:
{
  options.site.start = lib.mkOption { type = lib.types.str; default = "90s"; readOnly = true; };
  config.site.start = "2min"; # error: 23-29 read-only-option
  config.containers.web = {
    timeoutStartSec = config.site.start;
    config = { };
  };
}
