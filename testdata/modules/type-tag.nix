{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrTag { x = mkOption { type = types.int; }; y = mkOption { type = types.str; }; }; }; } { a.x = 1; } ]; }
