{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; }; config = mkMerge [ { l = [ 1 ]; } (mkIf true { l = [ 2 ]; }) (mkMerge [ { l = [ 3 ]; } ]) ]; } ]; }
