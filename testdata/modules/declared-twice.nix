{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 1; }; } { options.a = mkOption { default = 2; }; } ]; }
