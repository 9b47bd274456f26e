{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.int; } { b = mkDefault 1; } { b = 2; c = mkIf false 3; } ]; }
