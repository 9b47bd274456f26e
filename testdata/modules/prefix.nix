{ lib }:
with lib;
{ prefix = [ "top" "x" ]; modules = [ { options.a.b = mkOption { type = types.int; }; } { a.b = "no"; } ]; }
