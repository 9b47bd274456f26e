{ lib }:
with lib;
{ modules = [ { options.s.a = mkOption { type = mkOptionType { name = "where"; merge = loc: defs: { inherit loc; files = map (d: d.file) defs; }; }; }; } { _file = "f"; s.a = 1; } ]; }
