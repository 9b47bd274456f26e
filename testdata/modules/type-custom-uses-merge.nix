{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = mkOptionType { name = "wrapped"; inherit (types.listOf types.int) check; merge = loc: defs: { got = (types.listOf types.int).merge loc defs; }; }; }; } { a = [ 1 ]; } { a = [ 2 ]; } ]; }
