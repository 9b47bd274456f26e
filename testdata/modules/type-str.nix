{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.str; }; } { a = "x"; } { a = "x"; } ]; }
