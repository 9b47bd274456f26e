{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule ({ options, ... }: { options.x = mkOption { default = 1; }; options.p = mkOption { default = options.x.loc; }; }); default = { }; }; } ]; }
