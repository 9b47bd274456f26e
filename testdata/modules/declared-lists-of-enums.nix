{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf (types.enum [ "x" ]); }; } { options.a = mkOption { type = types.listOf (types.enum [ "y" ]); }; } { a = [ "x" "y" ]; } ]; }
