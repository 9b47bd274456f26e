{ lib }:
with lib;
{ modules = [ ]; show = _: [ (types.lines.merge [ "a" ] [ { file = "f"; value = "1"; } { file = "g"; value = "2"; } ]) ((types.attrsOf types.int).merge [ ] [ { file = "f"; value = { x = mkForce 1; }; } { file = "f"; value = { x = 3; }; } ]) ]; }
