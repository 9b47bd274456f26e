{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = mkOptionType { name = "sum"; check = isInt; }; }; } { a = "x"; } ]; }
