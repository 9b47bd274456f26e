{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.coercedTo types.int (x: { n = x; }) (types.submodule { options.n = mkOption { type = types.int; }; options.m = mkOption { default = 0; }; }); }; } { a = 4; } ]; }
