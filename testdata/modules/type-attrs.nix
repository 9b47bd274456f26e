{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrs; }; } { a = { x = 1; s.p = 1; }; } { a = { y = mkForce 2; s.q = 2; }; } ]; }
