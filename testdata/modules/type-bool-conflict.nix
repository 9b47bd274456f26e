{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.bool; }; } { a = true; } { a = false; } ]; }
