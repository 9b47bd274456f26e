{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; default = [ 1 ]; }; } { l = mkOptionDefault [ 2 ]; } ]; }
