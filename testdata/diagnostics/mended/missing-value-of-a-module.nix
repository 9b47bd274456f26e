{ config, lib, ... }:
{
  options.site.address = lib.mkOption { type = lib.types.str; };
  config.containers.web = {
    privateNetwork = true;
    hostAddress = "10.1.0.1";
    localAddress = "10.1.0.2";
    config = { };
  };
}
