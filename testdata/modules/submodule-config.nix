{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule ({ config, ... }: { options = { x = mkOption { type = types.int; }; y = mkOption { type = types.int; default = config.x * 2; }; }; config.x = mkDefault 3; }); default = { }; }; } { s.x = 4; } ]; }
