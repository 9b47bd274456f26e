{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.attrsOf (types.submodule { options.x = mkOption { type = types.int; }; }); }; } { s.a.x = "1"; } ]; }
