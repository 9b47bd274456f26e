{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int // { check = x: isInt x && x > 5; }; }; } { a = 3; } ]; }
