{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { type = types.int; }; }; }; } (mkAliasOptionModule [ "old" ] [ "s" "x" ]) { old = 5; } ]; }
