{ lib }:
with lib;
{ modules = [ { _module.args.x = 5; } ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; }
