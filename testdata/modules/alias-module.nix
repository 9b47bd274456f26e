{ lib }:
with lib;
{ modules = [ { options.new.x = mkOption { type = types.int; default = 1; }; } (mkAliasOptionModule [ "old" ] [ "new" "x" ]) { old = 5; } ]; }
