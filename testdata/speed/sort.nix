# 200,000 numbers in no order.
let
  next = x: let y = x * 1103515245 + 12345; in y - y / 2147483648 * 2147483648;
  numbers = builtins.genList (i: next (next i)) 200000;
  sorted = builtins.sort builtins.lessThan numbers;
  other = builtins.sort (a: b: b < a) numbers;
in
[ (builtins.head sorted) (builtins.head other) ]
