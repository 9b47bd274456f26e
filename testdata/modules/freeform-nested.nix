{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.anything; options.a.b = mkOption { default = 1; }; } { a.c = 2; d.e = 3; } ]; }
