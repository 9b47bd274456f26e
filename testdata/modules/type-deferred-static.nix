{ lib }:
with lib;
{ modules = [ { options.d = mkOption { type = types.deferredModuleWith { staticModules = [ { options.x = mkOption { type = types.int; }; } ]; }; default = { }; }; } { d.x = 3; } ]; show = r: (evalModules { modules = [ r.config.d ]; }).config; }
