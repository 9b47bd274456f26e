{ lib }:
with lib;
{ modules = [ { options.a.b = mkOption { type = types.int; }; } ]; }
