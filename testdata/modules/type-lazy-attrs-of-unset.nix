{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.lazyAttrsOf types.int; }; } { a.b = mkIf false 1; } ]; }
