let s = { a.b = 1; n = null; }; in [ (s.a.b or 2) (s.a.c or 2) (s.x.y.z or 3) (s.n.q or 4) (s ? a.b) (s ? a.c) (s ? x.y) (1 ? a) ((s.f or (x: x)) 5) ]
