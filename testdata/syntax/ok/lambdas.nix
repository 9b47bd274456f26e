# Simple arguments are joined with what follows; a pattern ends the run.
let
  curried = a: b: c: a;
  patterned = a: { b, c ? b, ... }@rest: d: rest;
  both = { }: { ... }: x: x;
  named = all@{ x ? all, y ? x, z ? [ y ] }: (inner: x);
  open = { a, b, }: a;
in x: x: x
