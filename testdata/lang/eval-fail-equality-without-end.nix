let
  one = [ { inner = one; } ];
  other = [ { inner = other; } ];
in
one == other
