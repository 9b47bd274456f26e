{ lib }:
with lib;
{ modules = [ ({ options, ... }: { options.a = mkOption { default = 1; }; options.seen = mkOption { default = options.a.isDefined; }; }) ]; }
