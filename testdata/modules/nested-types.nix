{ lib }:
with lib;
{ modules = [ ]; show = _: [ (types.listOf types.int).nestedTypes.elemType.name (types.nullOr types.str).nestedTypes.elemType.name ]; }
