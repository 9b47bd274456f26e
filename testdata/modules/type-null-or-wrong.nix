{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.nullOr types.int; }; } { a = "x"; } ]; }
