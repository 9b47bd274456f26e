{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.package; }; } { a = "x"; } ]; }
