{ lib }:
with lib;
{ modules = [ { options.assertions = mkOption { type = types.listOf types.unspecified; }; } (mkRemovedOptionModule [ "gone" ] "Use less.") { gone = 1; } ]; }
