{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } (mkAssert true "no" { a = 1; }) ]; }
