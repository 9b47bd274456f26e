{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.singleLineStr; }; } { a = "one\n"; } ]; }
