{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.int; } (mkIf true { b = 1; }) (mkIf false { b = 2; }) (mkForce { b = 3; }) ]; }
