{ lib }:
with lib;
{ modules = [ ({ config, ... }: { imports = optional config.a { }; options.a = mkOption { default = true; }; }) ]; }
