{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.unique { message = "Only one."; } (types.listOf types.int); }; } { a = [ 4 ]; } { a = [ 4 ]; } ]; }
