{ lib }:
with lib;
{ modules = [ ({ config, ... }: { config._module.args.double = n: n * config.by; options.by = mkOption { default = 2; }; }) ({ double, ... }: { options.a = mkOption { default = double 21; }; }) ]; }
