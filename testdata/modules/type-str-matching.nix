{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.strMatching "a+"; }; b = mkOption { type = types.strMatching "a+"; }; }; } { a = "aa"; b = "ab"; } ]; }
