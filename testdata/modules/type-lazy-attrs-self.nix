{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options.a = mkOption { type = types.lazyAttrsOf types.int; }; config.a = { x = config.a.y + 1; y = 1; }; }) ]; }
