{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 3; }; options.meta = mkOption { default = { }; }; meta.x = 1; } ]; }
