{ lib }:
with lib;
{ check = false; modules = [ { options.a = mkOption { default = 1; }; } { b = 1; } ]; }
