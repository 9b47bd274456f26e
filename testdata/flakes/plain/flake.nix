# The host of most introductions to flakes.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs, ... }@inputs:
    {
      nixosConfigurations.box = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        specialArgs = {
          inherit inputs;
          prefix = "10.0.0";
        };
        modules = [
          ./configuration.nix
          (
            { lib, ... }:
            {
              containers.web.autoStart = lib.mkDefault true;
              system.configurationRevision = self.rev or null;
            }
          )
        ];
      };
    };
}
