{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.lines; default = ""; }; b = mkOption { type = types.commas; }; c = mkOption { type = types.separatedString " "; }; d = mkOption { type = types.envVar; }; }; } { a = "1"; b = "x"; c = "p"; d = "/a"; } { a = "2"; b = "y"; c = "q"; d = "/b"; } ]; }
