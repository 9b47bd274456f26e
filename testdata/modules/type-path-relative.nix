{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.path; }; } { a = "x"; } ]; }
