{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.bool; }; b = mkOption { type = types.boolByOr; }; }; } { a = true; b = false; } { a = true; b = true; } ]; }
