{ lib }:
with lib;
{ modules = [ (toString ./fixtures/count.nix) { imports = [ (toString ./fixtures/set-count.nix) ]; } ]; }
