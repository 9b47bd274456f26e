let
  one = [ one ];
  other = [ other ];
in
one < other
