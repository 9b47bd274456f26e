{ lib }:
with lib;
{ modules = [ ]; show = _: types.int.merge [ "a" "b" ] [ { file = "f"; value = 1; } { file = "g"; value = 2; } ]; }
