{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrsOf types.int; }; } { a = [ ]; } ]; }
