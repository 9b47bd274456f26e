{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule [ { _module.args.x = 4; } ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; default = { }; }; } ]; }
