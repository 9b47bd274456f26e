# Selection, defaults, and the odd places where `or` is a name.
with { or = 1; }; let a = { }; f = x: x;
in [ a.b a.b.c a.b or 1 a."b".${toString 1} (a.b or a.c or 2) (a.b or f 1) (f or) (f or 1) { or = 1; }.or ]
