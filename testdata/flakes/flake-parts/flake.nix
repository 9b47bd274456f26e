# error: 9:7-31 unknown-value it depends on inputs.flake-parts.lib
{
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs =
    inputs@{ flake-parts, ... }:
    # Everything is defined in modules of flake-parts.
      flake-parts.lib.mkFlake { inherit inputs; } {
      systems = [ "x86_64-linux" ];
    };
}
