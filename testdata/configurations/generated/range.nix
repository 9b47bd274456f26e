{ lib, ... }:

# Addresses counted up from an index.
let
  worker = i: {
    name = "worker-${toString i}";
    value = {
      privateNetwork = true;
      hostAddress = "10.40.${toString i}.1";
      localAddress = "10.40.${toString i}.2";
      hostAddress6 = "fd40::${lib.toHexString i}:1";
      localAddress6 = "fd40::${lib.toHexString i}:2";
      localMacAddress = "02:00:00:00:00:${lib.fixedWidthString 2 "0" (lib.toHexString i)}";
      config.services.gitea-actions-runner.instances.main.enable = true;
    };
  };
in
{
  containers = lib.listToAttrs (map worker (lib.range 9 12));
}
