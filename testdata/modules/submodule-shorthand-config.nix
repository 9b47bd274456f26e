{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.config = mkOption { type = types.int; }; }; }; } { s.config = 3; } ]; }
