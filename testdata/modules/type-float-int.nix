{ lib }:
with lib;
{ modules = [ { options.c = mkOption { type = types.float; }; } { c = 1; } ]; }
