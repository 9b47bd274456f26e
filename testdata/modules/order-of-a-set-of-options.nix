{ lib }:
with lib;
{ modules = [ { options.s.l = mkOption { type = types.listOf types.int; }; } { s = mkBefore { l = [ 1 ]; }; } ]; }
