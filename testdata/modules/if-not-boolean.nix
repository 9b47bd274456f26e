{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { a = mkIf 1 1; } ]; }
