{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { a = mkForce (mkDefault 1); } ]; }
