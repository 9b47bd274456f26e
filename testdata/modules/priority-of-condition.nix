{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { a = mkForce (mkIf true 1); } ]; }
