# Paths that share their beginning make one set.
{
  a.b = 1;
  a.c = 2;
  d = { e = 1; };
  d.f.g = 2;
  h.i = 1;
  h = { j = 2; inherit (builtins) l; };
  m = rec { n = 1; };
  m = { o = n; };
  p.${"q"}.r = 1;
  p.q.s = 2;
  "t u".v = 3;
  w.${toString 1}.x = 1;
  w.${toString 1}.y = 2;
  or = 1;
  z.or = 1;
}
