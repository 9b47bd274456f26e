{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.int; }; } { options.s.y = mkOption { default = 2; }; } ]; }
