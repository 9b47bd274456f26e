{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.attrsOf (types.oneOf [ types.int types.bool (types.listOf types.str) ]); }; } { a = { x = 1; y = true; z = [ "s" ]; }; } ]; }
