{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int; }; } { a = [ 1 (throw "boom") ]; } ]; show = r: head r.config.a; }
