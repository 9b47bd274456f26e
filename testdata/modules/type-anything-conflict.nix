{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a.b = 1; } { a.b = "x"; } ]; }
