{ lib }:
with lib;
{ modules = [ { options.new = mkOption { type = types.str; }; options.warnings = mkOption { type = types.listOf types.str; default = [ ]; }; } (mkChangedOptionModule [ "old" ] [ "new" ] (config: toString config.old)) { old = 5; } ]; show = r: r.config.new; }
