{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.str // { merge = loc: defs: concatMapStrings (d: d.value) defs; }; }; } { a = "x"; } { a = "y"; } ]; }
