let
  set = { __functor = set; };
in
set 1
