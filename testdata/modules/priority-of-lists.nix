{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.str; }; } { l = [ "a" ]; } { l = mkForce [ "b" ]; } { l = mkForce [ "c" ]; } ]; }
