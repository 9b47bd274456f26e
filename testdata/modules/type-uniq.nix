{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.uniq types.int; }; } { a = 4; } { a = 4; } ]; }
