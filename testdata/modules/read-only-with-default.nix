{ lib }:
with lib;
{ modules = [ { options.a = mkOption { readOnly = true; default = 1; }; } { a = 2; } ]; }
