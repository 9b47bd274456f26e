{ lib }:
with lib;
{ modules = [ ]; show = r: { inherit (r) _type class; names = attrNames r.config; options = attrNames r.options; }; }
