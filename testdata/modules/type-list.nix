{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int; }; } { a = [ 1 2 ]; } { a = [ ]; } { a = [ 3 ]; } ]; }
