{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.raw; }; } { a = 1; } { a = 1; } ]; }
