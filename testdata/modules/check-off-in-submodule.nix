{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { config._module.check = false; options.x = mkOption { default = 1; }; }; }; } { s.y = 2; } ]; }
