{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.int; default = 1; }; } { l = mkOverride 2000 5; } ]; }
