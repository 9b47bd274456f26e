{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { imports = [ (mkRenamedOptionModule [ "old" ] [ "new" ]) ]; options.new = mkOption { type = types.int; }; }; }; } { s.old = 4; } ]; show = r: r.config.s.new; }
