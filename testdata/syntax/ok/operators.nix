# Every operator, with the precedence and associativity of each.
let a = 1; b = 2; c = 3;
in [
  (a - b - c) (a + b * c) (a / b) (-a) (- -a) (!true) (1 + !true)
  ([ a ] ++ [ b ] ++ [ c ]) ({ } // { } // { })
  (a == b) (a != b) (a < b) (a <= b) (a > b) (a >= b)
  (true && false || true) (true -> false -> true)
  ({ } ? a.b."c") (!{ } ? a) (-a ? b)
]
