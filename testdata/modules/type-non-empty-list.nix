{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.nonEmptyListOf types.int; }; } { a = [ ]; } ]; }
