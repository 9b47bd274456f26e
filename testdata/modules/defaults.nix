{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { default = 1; }; b.c = mkOption { default = "x"; type = types.str; }; }; } ]; }
