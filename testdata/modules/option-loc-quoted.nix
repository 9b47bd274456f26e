{ lib }:
with lib;
{ modules = [ { options."a.b".c = mkOption { type = types.int; }; } { "a.b".c = "x"; } ]; }
