{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options.a = mkOption { type = types.int; }; config.a = config.a; }) ]; }
