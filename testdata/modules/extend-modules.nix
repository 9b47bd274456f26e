{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; default = 1; }; } ]; show = r: (r.extendModules { modules = [ { a = 2; } ]; }).config; }
