{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; }; } { l = mkMerge [ [ 1 ] (mkBefore [ 2 ]) (mkIf false [ 3 ]) ]; } ]; }
