# Containers as NixOS has them: each a system of its own.
{ config, lib, pkgs, ... }:
{
  options.containers = lib.mkOption {
    default = { };
    apply = lib.mapAttrs (
      name: container:
      container
      // (
        if container ? config then
          rec {
            config =
              (import ((container.nixpkgs or ../../..) + "/nixos/lib/eval-config.nix") {
                modules = [
                  {
                    boot.isContainer = true;
                    networking.hostName = lib.mkDefault name;
                    networking.useDHCP = false;
                  }
                  container.config
                ];
                prefix = [
                  "containers"
                  name
                ];
                specialArgs = container.specialArgs or { };
              }).config;
            path = config.system.build.toplevel;
          }
        else
          { }
      )
    );
  };
}
