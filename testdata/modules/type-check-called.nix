{ lib }:
with lib;
{ modules = [ ]; show = _: map (t: map t.check [ 1 "x" null [ ] { } ]) (with types; [ int str (nullOr int) (listOf int) (attrsOf int) (either int str) anything (enum [ 1 ]) ]); }
