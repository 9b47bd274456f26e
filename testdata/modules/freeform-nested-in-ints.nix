{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.int; options.a.b = mkOption { default = 1; }; } { a.c = 2; } ]; }
