{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.either types.int types.str; }; b = mkOption { type = types.either (types.listOf types.int) types.str; }; }; } { a = "x"; b = [ 1 ]; } { b = [ 2 ]; } ]; }
