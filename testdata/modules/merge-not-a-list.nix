{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.int; }; } { l = mkMerge { }; } ]; }
