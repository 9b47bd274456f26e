let
  most = 9223372036854775807;
  least = -most - 1;
  replace = builtins.replaceStrings;
in
{
  substrings = [
    (builtins.substring 1 most "abc")
    (builtins.substring 3 1 "abc")
    (builtins.substring 1 (-1) "abc")
    (builtins.substring 7 least "abc")
    (builtins.substring 0 0 "")
  ];
  replaced = [
    (replace [ "" ] [ "-" ] "abc")
    (replace [ "" ] [ "-" ] "")
    (replace [ "" "" ] [ "1" "2" ] "")
    (replace [ "a" "" ] [ "-" "+" ] "aab")
    (replace [ "" "a" ] [ "+" "-" ] "aab")
    (replace [ "ab" "a" ] [ "" "z" ] "aabab")
    (replace [ ] [ ] "abc")
  ];
  bits = [ (builtins.bitAnd least most) (builtins.bitOr least most) (builtins.bitXor least (-1)) ];
  json = map builtins.fromJSON [ "-0" "1e-400" "9223372036854775807" "-9223372036854775808" ];
  empty = { "" = 1; }."";
  names = builtins.attrNames { "b\nc" = 1; "ä" = 2; "" = 3; };
}
