let
  numbered = builtins.genList (i: { key = builtins.bitAnd (i * 37) 7; inherit i; }) 100;
  runs = builtins.genList (i: i) 40 ++ builtins.genList (i: 40 - i) 40 ++ [ 3 3 3 ];
in
{
  stable = map (x: x.i) (builtins.sort (a: b: a.key < b.key) numbered);
  runs = builtins.sort builtins.lessThan runs;
  down = builtins.sort (a: b: a > b) runs;
}
