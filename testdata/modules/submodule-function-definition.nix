{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { type = types.int; }; options.y = mkOption { type = types.int; }; }; }; } { s = { config, ... }: { x = config.y; }; } { s.y = 5; } ]; }
