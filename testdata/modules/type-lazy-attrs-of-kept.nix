{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.lazyAttrsOf types.int; }; } { a = { b = mkIf false 1; c = 2; }; } ]; show = r: [ (attrNames r.config.a) r.config.a.c ]; }
