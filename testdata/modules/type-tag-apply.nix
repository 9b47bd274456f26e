{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf (types.attrTag { x = mkOption { type = types.int; apply = n: n * 2; }; }); }; } { a = [ { x = 4; } ]; } ]; }
