{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrTag { x = mkOption { type = types.int; }; }; }; } { a.x = "1"; } ]; }
