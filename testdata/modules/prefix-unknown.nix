{ lib }:
with lib;
{ prefix = [ "top" ]; modules = [ { options.a.b = mkOption { default = 1; }; } { a.c = 1; } ]; }
