{ lib }:
with lib;
{ modules = [ { _module.args.x = 5; } { _module.args.x = 6; } ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; }
