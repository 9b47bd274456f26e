{ lib }:
with lib;
{ modules = [ { options.assertions = mkOption { type = types.listOf types.unspecified; }; } (mkRemovedOptionModule [ "gone" ] "Use less.") { _file = "u.nix"; gone = 1; } ]; show = r: r.config.assertions; }
