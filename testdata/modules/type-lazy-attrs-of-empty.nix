{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.lazyAttrsOf (types.listOf types.int); }; } { a.b = mkIf false [ 1 ]; } ]; }
