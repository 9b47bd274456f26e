{ lib }:
with lib;
{ modules = [ { require = [ { options.a = mkOption { default = 1; }; } ]; imports = [ { a = 2; } ]; } ]; }
