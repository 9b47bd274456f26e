{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { options.a = mkOption { type = types.int; description = "more"; }; } { a = 1; } ]; }
