{ lib }:
with lib;
{ modules = [ ]; show = _: ((types.attrsOf (types.submodule { options.x = mkOption { }; })).getSubOptions [ "p" ]).x.loc; }
