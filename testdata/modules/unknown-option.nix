{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; default = 1; }; } { b = 1; } ]; }
