{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.int; } { freeformType = types.attrsOf types.int; } { b = 1; } ]; }
