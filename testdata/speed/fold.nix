# Folds over a million elements, with and without a function of two arguments
# that is written out.
let
  numbers = builtins.genList (i: i) 1000000;
  sum = builtins.foldl' (a: b: a + b) 0 numbers;
  evens = builtins.length (builtins.filter (i: i / 2 * 2 == i) numbers);
  squares = builtins.foldl' builtins.add 0 (map (i: i * i) numbers);
in
[ sum evens squares ]
