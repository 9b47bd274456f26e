{ lib }:
with lib;
{ modules = [ { options.s.a = mkOption { default = 1; }; } { s = 3; } ]; }
