{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submoduleWith { specialArgs.z = 9; modules = [ ({ z, ... }: { options.x = mkOption { default = z; }; }) ]; }; default = { }; }; } ]; }
