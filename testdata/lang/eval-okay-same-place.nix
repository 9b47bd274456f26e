# What lies in two lists or sets, and is the same there, is equal whatever it
# is; on its own a function is equal to nothing.
let
  f = x: x;
  odd = [ (throw "not looked at") ];
  set = { inner = abort "nor this"; inherit f; };
  lists = a: b: [ a ] == [ b ];
  sets = a: b: { x = a; } == { x = b; };
in
[
  (f == f)
  (lists f f)
  (sets f f)
  (lists f (x: x))
  (lists odd odd)
  (sets odd odd)
  (lists set set)
  (sets set set)
  (builtins.elem f [ 1 f ])
  (builtins.elem f [ 1 (x: x) ])
  (builtins.tryEval (let x = { y = throw "looked at"; }; in x == x)).success
  (builtins.tryEval (let x = throw "looked at"; in [ x ] == [ x ])).success
  ([ f 2 ] > [ f 1 ])
]
