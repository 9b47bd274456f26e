{ lib }:
with lib;
{ modules = [ ]; show = _: ((lib.extend (final: prev: { mine = 5; })).evalModules { modules = [ ({ lib, ... }: { options.a = mkOption { default = lib.mine; }; }) ]; }).config; }
