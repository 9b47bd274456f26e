{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.functionTo types.int; }; } { a = 1; } ]; }
