{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = (evalModules { modules = [ { options.x = mkOption { default = 3; }; } { x = 4; } ]; }).config.x; }; } ]; }
