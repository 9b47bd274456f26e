{ lib }:
with lib;
{ modules = let tree = types.submodule { options.v = mkOption { type = types.int; default = 0; }; options.kids = mkOption { type = types.attrsOf tree; default = { }; }; }; in [ { options.t = mkOption { type = tree; }; } { t.kids.a.kids.b.v = 4; } ]; }
