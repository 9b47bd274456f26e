{ lib }:
with lib;
{ modules = [ { options.s = { a = mkOption { type = types.int; }; b = mkOption { type = types.int; }; }; } { s = mkForce { a = 1; }; } { s = { a = 2; b = 3; }; } ]; }
