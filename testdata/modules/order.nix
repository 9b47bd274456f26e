{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; }; } { l = mkAfter [ 3 ]; } { l = [ 2 ]; } { l = mkBefore [ 1 ]; } { l = mkOrder 501 [ 11 ]; } { l = mkOrder 1501 [ 4 ]; } ]; }
