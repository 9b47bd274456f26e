{ lib }:
with lib;
{ modules = [ ({ x ? 3, ... }: { options.a = mkOption { default = x; }; }) ]; }
