{ lib }:
with lib;
{ modules = [ { options.a = mkOption { readOnly = true; type = types.int; }; } { a = 1; } { a = 1; } ]; }
