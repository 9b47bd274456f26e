# What is built at once and what is suspended.
{ a, b ? a, c ? 1, d ? [ a ], e ? { f = x: a; } }: rec {
  literals = [ 1 2.5 "s" ./p /p ~/p <p> a:b [ ] { } (x: x) map (-1) ];
  alias = literals;
  list = [ alias ];
  set = { inherit a; b = { c = 1; }; };
  suspended = { inherit alias; };
  long = [ 1 2 3 4 5 6 7 8 9 ];
  deep = [ [ [ [ [ 1 ] ] ] ] ];
  position = __curPos;
  string = "${a}";
}
