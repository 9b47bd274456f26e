{ lib }:
with lib;
{ modules = [ { config._module.args.x = 1; options.s = mkOption { type = types.submodule ({ x, ... }: { options.a = mkOption { default = x; }; }); default = { }; }; } ]; }
