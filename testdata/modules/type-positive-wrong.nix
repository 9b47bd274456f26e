{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.ints.positive; }; } { a = 0; } ]; }
