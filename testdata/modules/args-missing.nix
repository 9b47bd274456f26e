{ lib }:
with lib;
{ modules = [ ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; }
