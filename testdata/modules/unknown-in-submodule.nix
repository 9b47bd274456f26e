{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.attrsOf (types.submodule { options.x = mkOption { default = 1; }; }); }; } { s.one.y = 2; } ]; }
