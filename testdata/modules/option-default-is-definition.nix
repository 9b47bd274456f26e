{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 1; }; } ]; show = r: { inherit (r.options.a) isDefined definitions highestPrio; }; }
