{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.path; }; b = mkOption { type = types.path; }; }; } { a = "/x"; b = ./fixtures; } ]; }
