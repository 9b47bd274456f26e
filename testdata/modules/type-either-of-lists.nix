{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.either (types.listOf types.int) (types.listOf types.str); }; } { a = [ "x" ]; } ]; }
