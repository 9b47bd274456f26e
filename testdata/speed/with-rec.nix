# `with`, `rec` and `inherit`.
let
  shapes = rec {
    one = 1;
    two = one + one;
    three = two + one;
    sum = one + two + three;
  };
  step = n: i: with shapes; n + (rec { a = i + one; b = a + sum; inherit (shapes) two; }).b;
in
builtins.foldl' step 0 (builtins.genList (i: i) 300000)
