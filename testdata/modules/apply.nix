{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; apply = x: "<${toString x}>"; }; } { a = 1; } ]; }
