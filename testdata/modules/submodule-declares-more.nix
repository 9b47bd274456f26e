{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { default = 1; }; }; }; } { s = { ... }: { options.y = mkOption { default = 2; }; config.y = 3; }; } ]; }
