{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.int; } { freeformType = types.attrsOf types.str; } { b = 1; } ]; }
