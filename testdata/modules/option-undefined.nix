{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } ]; show = r: { inherit (r.options.a) isDefined definitions files highestPrio; }; }
