{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.ints.between 1 3; }; } { a = 4; } ]; }
