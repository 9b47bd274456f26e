{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int; }; } { a = mkMerge [ (mkDefinition { file = "f.nix"; value = mkForce [ 2 ]; }) [ 1 ] ]; } ]; show = r: { inherit (r.options.a) files value; }; }
