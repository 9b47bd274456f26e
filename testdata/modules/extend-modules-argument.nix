{ lib }:
with lib;
{ modules = [ ({ extendModules, ... }: { options.a = mkOption { type = types.int; default = 1; }; options.b = mkOption { type = types.raw; default = (extendModules { modules = [ { a = 5; b = 0; } ]; }).config.a; }; }) ]; }
