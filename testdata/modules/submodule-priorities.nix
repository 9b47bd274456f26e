{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { type = types.int; default = 0; }; config.x = mkDefault 1; }; }; } { s.x = mkOverride 900 2; } { s = mkIf true { x = mkOverride 950 5; }; } ]; }
