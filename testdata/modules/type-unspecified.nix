{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { }; b = mkOption { }; c = mkOption { }; d = mkOption { type = types.unspecified; }; }; } { a = [ 1 ]; b = { x = 1; s = { p = 1; }; }; c = "x"; d = true; } { a = [ 2 ]; b = { y = 2; s = { q = 1; }; }; c = "y"; d = false; } ]; }
