{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { type = types.int; default = 1; }; }; }; } { s.x = 2; } ]; }
