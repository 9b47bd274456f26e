{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.nullOr (types.submodule { options.x = mkOption { default = 1; }; }); default = null; }; } { a = { }; } ]; }
