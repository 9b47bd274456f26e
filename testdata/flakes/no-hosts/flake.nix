# error: 5:3-10 invalid-flake The flake has no `nixosConfigurations'
{
  inputs.nixpkgs.url = "nixpkgs";

  outputs = { nixpkgs, ... }: { nixosModules.a = { }; };
}
