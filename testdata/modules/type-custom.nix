{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = mkOptionType { name = "sum"; check = isInt; merge = loc: defs: foldl' builtins.add 0 (map (d: d.value) defs); }; }; } { a = 1; } { a = mkForce 2; } { a = mkForce 3; } ]; }
