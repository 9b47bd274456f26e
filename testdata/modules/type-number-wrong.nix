{ lib }:
with lib;
{ modules = [ { options.c = mkOption { type = types.numbers.positive; }; } { c = 0; } ]; }
