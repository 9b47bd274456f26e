{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.coercedTo types.int toString types.str; }; } { a = true; } ]; }
