{ lib }:
with lib;
{ args.x = 9; modules = [ ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; }
