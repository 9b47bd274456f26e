{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; options.b = mkOption { type = types.int; }; } { a = "x"; b = 1; } ]; show = r: [ (tryEval r.config.a).success (tryEval r.config.b).success ]; }
