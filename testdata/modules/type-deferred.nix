{ lib }:
with lib;
{ modules = [ { options.d = mkOption { type = types.deferredModule; default = { }; }; options.s = mkOption { type = types.raw; }; } ({ config, ... }: { d = { x = 4; }; s = (evalModules { modules = [ config.d { options.x = mkOption { type = types.int; }; } ]; }).config; }) { d = { lib, ... }: { x = lib.mkForce 5; }; } ]; show = r: r.config.s; }
