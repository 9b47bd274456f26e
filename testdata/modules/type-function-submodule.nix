{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.functionTo (types.submodule { options.x = mkOption { type = types.int; }; options.y = mkOption { default = 0; }; }); }; } { a = n: { x = n; }; } ]; show = r: r.config.a 4; }
