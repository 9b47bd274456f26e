{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options = { a = mkOption { default = config.b + 1; }; b = mkOption { type = types.int; }; }; config.b = 41; }) ]; }
