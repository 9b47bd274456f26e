{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 1; }; } { b = 1; _module.check = false; } ]; }
