# Modules of inputs that are not here declare options that nobody knows; the containers are all
# defined by the modules that are.
{
  inputs = {
    nixpkgs.url = "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz";
    sops-nix = {
      url = "github:Mic92/sops-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    disko.url = "github:nix-community/disko";
    impermanence.url = "github:nix-community/impermanence";
  };

  outputs = inputs: {
    nixosConfigurations.store = inputs.nixpkgs.lib.nixosSystem {
      modules = [
        inputs.sops-nix.nixosModules.sops
        inputs.disko.nixosModules.default
        inputs.impermanence
        (inputs.disko.lib.module { device = "/dev/sda"; })
        (
          { config, ... }:
          {
            sops.secrets.password = { };
            containers.db = {
              autoStart = true;
              bindMounts."/run/password".hostPath = config.sops.secrets.password.path;
              config.services.postgresql.enable = true;
            };
          }
        )
      ];
    };
  };
}
