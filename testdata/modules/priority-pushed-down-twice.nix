{ lib }:
with lib;
{ modules = [ { options.s.a = mkOption { type = types.int; }; } { s = mkForce { a = mkDefault 1; }; } ]; }
