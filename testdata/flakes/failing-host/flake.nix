# error: 8:45-77 throw no such machine: red
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs =
    { nixpkgs, ... }:
    let
      machine = name: if name == "red" then throw "no such machine: ${name}" else [ ];
    in
    {
      nixosConfigurations = nixpkgs.lib.genAttrs [ "blue" "red" ] (
        name: nixpkgs.lib.nixosSystem { modules = machine name; }
      );
    };
}
