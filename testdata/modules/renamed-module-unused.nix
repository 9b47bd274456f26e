{ lib }:
with lib;
{ modules = [ { options.new = mkOption { type = types.int; default = 1; }; options.warnings = mkOption { type = types.listOf types.str; default = [ ]; }; } (mkRenamedOptionModule [ "old" "x" ] [ "new" ]) ]; show = r: { inherit (r.config) new warnings; }; }
