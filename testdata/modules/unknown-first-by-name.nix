{ lib }:
with lib;
{ modules = [ { options.m = mkOption { default = 1; }; } { z = 1; } { k.x = 1; } ]; }
