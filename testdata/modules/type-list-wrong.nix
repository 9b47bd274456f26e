{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int; }; } { a = { }; } ]; }
