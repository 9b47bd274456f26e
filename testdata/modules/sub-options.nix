{ lib }:
with lib;
{ modules = [ ]; show = _: mapAttrs (_: o: o.loc or "set") ((types.submodule { options.x = mkOption { }; options.y.z = mkOption { }; }).getSubOptions [ "p" ]); }
