{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { a = mkVMOverride 1; } { a = mkForce 2; } { a = mkImageMediaOverride 3; } ]; }
