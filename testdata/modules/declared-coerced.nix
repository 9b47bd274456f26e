{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.coercedTo types.int toString types.str; }; } { options.a = mkOption { type = types.coercedTo types.int toString types.str; }; } { a = 1; } ]; }
