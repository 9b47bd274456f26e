{ lib }:
with lib;
{ specialArgs = { x = 7; lib = lib // { own = 8; }; }; modules = [ ({ x, lib, ... }: { options.a = mkOption { default = x + lib.own; }; }) ]; }
