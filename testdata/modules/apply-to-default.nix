{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 1; apply = x: x + 1; }; } ]; }
