let
  again = { __functor = self: argument: self argument; };
in
again 1
