{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a = 1; } { a = 1; } ]; }
