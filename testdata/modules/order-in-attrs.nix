{ lib }:
with lib;
{ modules = [ { options.m = mkOption { type = types.attrsOf (types.listOf types.int); }; } { m.a = mkAfter [ 2 ]; } { m.a = [ 1 ]; } ]; }
