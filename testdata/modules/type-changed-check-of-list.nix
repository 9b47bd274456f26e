{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int // { check = x: true; }; }; } { a = [ 3 ]; } ]; }
