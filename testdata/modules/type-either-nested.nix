{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.either (types.either types.int types.str) types.unspecified; }; } { a = "x"; } { a = 1; } ]; }
