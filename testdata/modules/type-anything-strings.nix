{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a = { outPath = "/x"; b = 1; }; } ]; }
