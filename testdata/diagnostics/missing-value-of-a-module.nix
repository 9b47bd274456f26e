{ config, lib, ... }:
{
  options.site.address = lib.mkOption { type = lib.types.str; };
  config.containers.web = {
    privateNetwork = true;
    hostAddress = config.site.address; # error: 19-38 missing-value
    localAddress = "10.1.0.2";
    config = { };
  };
}
