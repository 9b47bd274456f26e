# A system that is a container itself.
{ imports = [ ../../../nixos-modules/container.nix ]; }
