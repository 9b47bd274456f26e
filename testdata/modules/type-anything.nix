{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a = { x = 1; s = { p = [ 1 ]; q = mkDefault 2; }; }; } { a = { y = mkIf false 3; s = { q = 3; }; }; } ]; }
