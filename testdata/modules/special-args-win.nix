{ lib }:
with lib;
{ specialArgs.x = 7; modules = [ { _module.args.x = 8; } ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; }
