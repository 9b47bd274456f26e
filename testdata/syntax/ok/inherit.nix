# `inherit x` looks outside of the set, `inherit (s) x` inside of a recursive one.
let
  x = 1;
  s = { };
in [
  { inherit x; }
  (rec { inherit x; y = x; })
  (let inherit x; in x)
  { inherit (s) a b; inherit (x) "c" ${"d"}; }
  (rec { inherit (t) a; t = { }; })
  (let inherit (t) a; t = { }; in a)
  { inherit; inherit (s); }
]
