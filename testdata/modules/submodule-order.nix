{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.l = mkOption { type = types.listOf types.int; }; config.l = [ 0 ]; }; }; } { s.l = [ 1 ]; } { s.l = [ 2 ]; } ]; }
