{ lib }:
with lib;
{ modules = [ { options.a = mkOption { default = 1; }; } { a = mkForce 2; } { a = 3; } ]; show = r: { inherit (r.options.a) isDefined definitions highestPrio; }; }
