# error: 9:33-51 unknown-value The host `box' of the flake is unknown: it depends on inputs.library.lib
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.library.url = "github:example/library";

  outputs =
    { nixpkgs, library, ... }:
    {
      nixosConfigurations.box = library.lib.mkHost { modules = [ ./configuration.nix ]; };
      nixosConfigurations.other = nixpkgs.lib.nixosSystem { modules = [ ]; };
    };
}
