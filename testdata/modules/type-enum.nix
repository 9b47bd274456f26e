{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.enum [ "x" 1 null ]; }; } { a = null; } ]; }
