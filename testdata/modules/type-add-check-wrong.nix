{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.addCheck types.int (x: x > 1); }; } { a = 1; } ]; }
