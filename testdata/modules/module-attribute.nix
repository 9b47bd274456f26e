{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 3; }; a = 2; } ]; }
