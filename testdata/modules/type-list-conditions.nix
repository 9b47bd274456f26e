{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int; }; } { a = [ 1 (mkIf false 2) (mkForce 3) (mkMerge [ 4 ]) ]; } ]; }
