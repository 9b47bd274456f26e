{ lib }:
with lib;
{ modules = [ { options.d = mkOption { type = types.deferredModule; }; } { _file = "f.nix"; d.x = 1; } ]; show = r: (head r.config.d.imports)._file; }
