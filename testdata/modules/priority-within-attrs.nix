{ lib }:
with lib;
{ modules = [ { options.m = mkOption { type = types.attrsOf types.int; }; } { m = { a = 1; b = mkForce 2; }; } { m = { a = mkDefault 3; b = 4; c = mkIf false 1; }; } ]; }
