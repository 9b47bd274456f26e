{ lib }:
with lib;
{ modules = [ { options.new = mkOption { type = types.str; default = "none"; }; } { options.warnings = mkOption { type = types.listOf types.str; default = [ ]; }; } (mkMergedOptionModule [ [ "a" ] [ "b" ] ] [ "new" ] (config: "${config.a}-${config.b}")) { a = "x"; b = "y"; } ]; show = r: r.config.new; }
