{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.functionTo types.int; }; } { a = x: "s"; } ]; show = r: r.config.a 1; }
