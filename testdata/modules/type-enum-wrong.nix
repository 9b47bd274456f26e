{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.enum [ "x" "y" ]; }; } { a = "z"; } ]; }
