# `//` in a loop, as `foldl'` over overlays does it.
let
  indices = builtins.genList (i: i) 20000;
  grown = builtins.foldl' (all: i: all // { "k${toString i}" = i; }) { } indices;
  replaced = builtins.foldl' (all: i: all // { a = i; b = all.a; }) grown (builtins.genList (i: i) 2000);
in
builtins.length (builtins.attrNames grown) + replaced.a
