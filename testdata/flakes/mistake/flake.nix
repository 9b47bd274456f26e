# error: 10:36-41 wrong-type autoStart
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
