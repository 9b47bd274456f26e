{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; }; } { l = mkForce (mkAfter [ 1 ]); } { l = mkForce [ 2 ]; } { l = [ 3 ]; } ]; }
