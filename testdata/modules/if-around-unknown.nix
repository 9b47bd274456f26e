{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 0; }; } (mkIf false { b = 1; }) ]; }
