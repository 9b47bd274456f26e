{ lib }:
with lib;
{ modules = [ { options.s.a = mkOption { type = types.int; }; } { s = mkIf true (mkForce { a = 1; }); } { s.a = 2; } ]; }
