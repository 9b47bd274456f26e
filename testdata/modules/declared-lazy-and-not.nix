{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrsOf types.int; }; } { options.a = mkOption { type = types.lazyAttrsOf types.int; }; } { a.b = 1; } ]; }
