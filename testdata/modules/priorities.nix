{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; default = 0; }; } { a = mkDefault 1; } { a = 2; } { a = mkForce 3; } { a = mkOptionDefault 4; } ]; }
