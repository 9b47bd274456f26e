{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.nullOr types.int; }; } { a = null; } { a = 1; } ]; }
