{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf types.int; options.a = mkOption { default = "x"; }; } { b = 1; } ]; }
