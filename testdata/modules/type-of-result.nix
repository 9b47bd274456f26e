{ lib }:
with lib;
{ modules = let inner = evalModules { modules = [ { options.x = mkOption { default = 1; }; } ]; }; in [ { options.s = mkOption { inherit (inner) type; }; } { s.x = 4; } ]; }
