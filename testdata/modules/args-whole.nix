{ lib }:
with lib;
{ modules = [ (args: { options.a = mkOption { default = attrNames args; }; }) ]; }
