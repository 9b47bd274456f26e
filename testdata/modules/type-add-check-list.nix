{ lib }:
with lib;
{ modules = [ { options.b = mkOption { type = types.addCheck (types.listOf types.int) (l: length l < 2); }; } { b = [ 1 2 ]; } ]; }
