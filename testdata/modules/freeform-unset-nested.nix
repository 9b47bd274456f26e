{ lib }:
with lib;
{ modules = [ { freeformType = types.attrsOf (types.either types.int (types.attrsOf types.int)); options.a.b = mkOption { type = types.int; default = 0; }; } { a.x = 4; c = 5; } ]; }
