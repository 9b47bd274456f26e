# A unit takes from the unit around it what it and those inside of it use.
a: b: c: let
  one = d: [ (a + d) (e: a + b) ];
  two = one;
  three = { inherit a; inner = { inherit two; }; };
in [ one (x: y: { z }: x + y + z + a) [ a [ b [ c [ 1 ] ] ] ] ]
