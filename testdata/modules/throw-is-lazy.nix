{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrsOf types.int; }; } { a = { x = 1; y = throw "boom"; }; } ]; show = r: r.config.a.x; }
