# Recursion that is deep rather than wide, and chains of lazy values.
let
  count = n: if n == 0 then 0 else 1 + count (n - 1);
  chain = builtins.foldl' (rest: i: { inherit i rest; }) null (builtins.genList (i: i) 100000);
  length = list: n: if list == null then n else length list.rest (n + 1);
  rounds = builtins.foldl' (sum: i: sum + count 5000) 0 (builtins.genList (i: i) 100);
  down = list: steps: if steps == 0 then list.i else down list.rest (steps - 1);
in
[ rounds (down chain 5000) ]
