let
  d = derivation { name = "d"; system = "s"; builder = "b"; };
in
builtins.toXML {
  a = [ 1 (-2) 1.5 true false null "text <&> \"q\"\n" /p/q ];
  f = x: x;
  g = { b, a ? 1 }: a;
  h = { z, ... }@all: z;
  two = x: y: x;
  inherit d;
  again = [ d ];
  odd = { type = "derivation"; bad = throw "never"; };
  p = map;
}
