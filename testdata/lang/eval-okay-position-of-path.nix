let
  s = {
    a.b.c = 1;
    d = { e.f = 2; };
  };
  at = name: set: let p = builtins.unsafeGetAttrPos name set; in [ p.line p.column ];
in
[ (builtins.unsafeGetAttrPos "a" (builtins.mapAttrs (n: v: v) s)) (at "a" s) (at "b" s.a) (at "c" s.a.b) (at "e" s.d) (at "f" s.d.e) ]
