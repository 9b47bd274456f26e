{ lib }:
with lib;
{ modules = [ { options.new = mkOption { type = types.int; }; options.warnings = mkOption { type = types.listOf types.str; }; } (mkRenamedOptionModule [ "old" "x" ] [ "new" ]) { _file = "u.nix"; old.x = 5; } ]; show = r: { inherit (r.config) new warnings; }; }
