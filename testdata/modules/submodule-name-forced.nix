{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.attrsOf (types.submodule ({ name, ... }: { config._module.args.name = mkForce "forced"; options.n = mkOption { default = name; }; })); }; } { s.one = { }; } ]; }
