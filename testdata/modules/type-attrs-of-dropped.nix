{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrsOf types.int; }; } { a = { b = mkIf false 1; c = 2; }; } ]; }
