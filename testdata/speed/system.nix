# The system of a NixOS host with containers. Needs a whole nixpkgs (2015 or
# later).
{ nixpkgs, count }:
(import (nixpkgs + "/nixos") {
  configuration = { lib, ... }: {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/".device = "/dev/sda1";
    containers = builtins.listToAttrs (map (i: {
      name = "c${toString i}";
      value = {
        privateNetwork = true;
        hostAddress = "10.0.${toString i}.1";
        localAddress = "10.0.${toString i}.2";
        config.services.openssh.enable = true;
      };
    }) (lib.range 1 count));
  };
}).system.drvPath
