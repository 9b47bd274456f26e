{ lib }:
with lib;
{ modules = [ { _module.freeformType = types.attrsOf types.int; } { b = 1; } ]; }
