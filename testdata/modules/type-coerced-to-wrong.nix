{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.coercedTo types.int (x: x) types.str; }; } { a = 1; } ]; }
