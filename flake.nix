{
  description = "Plans and applies the containers of a NixOS configuration";

  # No inputs: what is built is built with the nixpkgs of the host that imports a module.
  outputs =
    { self }:
    {
      nixosModules = {
        # A NixOS host with containers; see docs/nixos.md.
        default = ./nixos-modules;
        # A NixOS system that is a container itself.
        container = ./nixos-modules/container.nix;
      };
    };
}
