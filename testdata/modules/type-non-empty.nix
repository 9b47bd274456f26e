{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.nonEmptyStr; }; } { a = " \n"; } ]; }
