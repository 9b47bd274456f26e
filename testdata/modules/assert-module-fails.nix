{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { a = mkAssert false "no" 1; } ]; }
