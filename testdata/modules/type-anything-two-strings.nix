{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a = { outPath = "/x"; }; } { a = { outPath = "/x"; }; } ]; }
