{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options = { a = mkOption { default = 1; apply = x: x + config.b; }; b = mkOption { default = 10; }; }; }) ]; }
