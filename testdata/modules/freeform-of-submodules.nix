{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf (types.submodule { options.x = mkOption { default = 1; }; }); } { one = { }; two.x = 5; } ]; }
