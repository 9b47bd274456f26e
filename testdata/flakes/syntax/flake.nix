# error: 6:1-1 syntax-error syntax error
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs = { nixpkgs, ... }: { nixosConfigurations.box = { };
