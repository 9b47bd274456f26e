# error: 10:44-49 wrong-type autoStart
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs =
    { nixpkgs, ... }:
    {
      nixosConfigurations.box = nixpkgs.lib.nixosSystem {
        modules = [
          { containers.web = { autoStart = "yes"; config = { }; }; }
        ];
      };
    };
}
