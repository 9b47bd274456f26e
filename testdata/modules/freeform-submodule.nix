{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { freeformType = types.attrsOf types.str; options.port = mkOption { type = types.port; default = 80; }; }; }; } { s = { name = "n"; other = "o"; }; } ]; }
