{ lib }:
with lib;
{ modules = [ ({ config, ... }: { freeformType = types.lazyAttrsOf types.raw; options.a = mkOption { default = config.b; }; }) { b = 7; } ]; }
