# Inputs that lie in the flake are evaluated.
{
  inputs = {
    nixpkgs.url = "nixpkgs";
    ours = {
      url = "path:./modules";
      inputs.pkgs.follows = "nixpkgs";
    };
    files = {
      url = "./files";
      flake = false;
    };
  };

  outputs =
    {
      nixpkgs,
      ours,
      files,
      ...
    }:
    {
      nixosConfigurations.box = nixpkgs.lib.nixosSystem {
        modules = [
          ours.nixosModules.web
          "${files}/db.nix"
        ];
      };
    };
}
