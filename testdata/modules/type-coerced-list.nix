{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.coercedTo types.str singleton (types.listOf types.str); }; } { a = "x"; } { a = [ "y" ]; } ]; }
