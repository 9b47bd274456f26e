# Hosts that a function makes, in three of the ways in which people do that.
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    unstable.url = "github:NixOS/nixpkgs/nixos-unstable";
    stable.follows = "nixpkgs";
    flake-utils.url = "github:numtide/flake-utils";
    home-manager.url = "github:nix-community/home-manager";
  };

  outputs =
    {
      self,
      nixpkgs,
      unstable,
      stable,
      flake-utils,
      home-manager,
    }@inputs:
    let
      lib = nixpkgs.lib // home-manager.lib;
      container = address: {
        privateNetwork = true;
        hostAddress = "10.0.0.1";
        localAddress = address;
        config.services.nginx.enable = true;
      };
      mkHost =
        name:
        lib.nixosSystem {
          specialArgs = { inherit inputs name; };
          modules = [
            (
              { name, ... }:
              {
                networking.hostName = name;
                containers."of-${name}" = container "10.0.0.2";
              }
            )
            home-manager.nixosModules.home-manager
            { home-manager.useGlobalPkgs = true; }
          ];
        };
      addresses = {
        c = "10.0.1.2";
        d = "10.0.1.3";
      };
    in
    flake-utils.lib.eachDefaultSystem (system: {
      devShells.default = nixpkgs.legacyPackages.${system}.mkShell { };
    })
    // {
      nixosConfigurations =
        nixpkgs.lib.genAttrs [ "a" "b" ] mkHost
        // builtins.mapAttrs (
          name: address:
          unstable.lib.nixosSystem {
            modules = [ { containers."of-${name}" = container address; } ];
          }
        ) addresses
        // {
          e = (stable.lib.nixosSystem { modules = [ self.nixosModules.e ]; }).extendModules {
            modules = [ { containers.of-e.autoStart = true; } ];
          };
        };

      nixosModules.e.containers.of-e = container "10.0.2.2";
    };
}
