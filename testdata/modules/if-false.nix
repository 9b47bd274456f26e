{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; default = 7; }; } { a = mkIf false 1; } ]; }
