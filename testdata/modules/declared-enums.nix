{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.enum [ "x" ]; }; } { options.a = mkOption { type = types.enum [ "y" ]; }; } { a = "x"; } ]; }
