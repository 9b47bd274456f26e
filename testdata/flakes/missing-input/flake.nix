# error: 5:15-21 invalid-flake `outputs' takes `nixpkg', which is no input of the flake
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs = { nixpkg, ... }: { nixosConfigurations = { }; };
}
