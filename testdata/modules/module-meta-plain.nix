{ lib }:
with lib;
{ modules = [ { options.meta = mkOption { default = { }; type = types.attrs; }; } { meta.x = 1; } ]; }
