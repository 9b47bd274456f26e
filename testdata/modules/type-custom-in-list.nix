{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf (mkOptionType { name = "even"; check = x: isInt x && mod x 2 == 0; merge = mergeEqualOption; }); }; } { a = [ 2 3 ]; } ]; }
