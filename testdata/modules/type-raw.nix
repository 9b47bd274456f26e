{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.raw; }; } { a = { x = mkForce 1; }; } ]; }
