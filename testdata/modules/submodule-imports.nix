{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { type = types.int; }; }; }; } { s.imports = [ { x = 3; } ]; } ]; }
