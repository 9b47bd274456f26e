{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; }; } (mkMerge [ { l = [ 1 ]; } { l = [ 2 ]; } ]) ]; }
