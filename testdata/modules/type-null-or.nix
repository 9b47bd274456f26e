{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.nullOr types.int; }; b = mkOption { type = types.nullOr (types.listOf types.int); }; }; } { a = null; b = [ 1 ]; } { b = [ 2 ]; } ]; }
