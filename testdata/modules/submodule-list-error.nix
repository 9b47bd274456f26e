{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.listOf (types.submodule { options.x = mkOption { type = types.int; }; }); }; } { s = [ { x = 1; } { x = "2"; } ]; } ]; }
