{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.addCheck types.int (x: x > 1); }; options.b = mkOption { type = types.addCheck (types.listOf types.int) (l: length l < 3); }; } { a = 4; b = [ 1 ]; } ]; }
