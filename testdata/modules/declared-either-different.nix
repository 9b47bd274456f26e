{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.either types.int types.str; }; } { options.a = mkOption { type = types.either types.bool types.str; }; } { a = 1; } ]; }
