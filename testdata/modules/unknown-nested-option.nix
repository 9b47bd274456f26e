{ lib }:
with lib;
{ modules = [ { options.a.b = mkOption { type = types.int; default = 1; }; } { a.c = 1; } ]; }
