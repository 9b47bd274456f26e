{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrsOf (types.coercedTo types.int toString types.str); }; } { a = { x = 1; y = "2"; }; } ]; }
