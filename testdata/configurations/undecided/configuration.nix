# Whether `cache` exists hangs on a host option that nobody here defines: it is neither
# planned nor removed. `plain` does not depend on it.
{ config, lib, ... }:

lib.mkMerge [
  (lib.mkIf config.services.nix-serve.enable {
    containers.cache.config.services.nginx.enable = true;
  })
  {
    containers.plain.config.services.nginx.enable = true;
  }
]
