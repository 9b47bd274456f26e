{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.either types.int types.str; }; } { a = 1; } { a = "x"; } ]; }
