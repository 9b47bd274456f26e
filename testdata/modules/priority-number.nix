{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { a = mkOverride 99 1; } { a = 2; } { a = mkOverride 98 3; } ]; }
