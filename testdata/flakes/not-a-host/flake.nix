# error: 5:59-62 invalid-flake A host of `nixosConfigurations' is made by `nixpkgs.lib.nixosSystem'
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs = { nixpkgs, ... }: { nixosConfigurations.box = { }; };
}
