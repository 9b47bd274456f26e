{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { type = types.int; default = 0; }; options.y = mkOption { default = 1; }; }; }; } { s = { x = 2; y = 3; }; } { s = mkForce { x = 4; }; } ]; }
