# As deep as it may be: 10000 levels and what is inside.
let
  lists = start: builtins.foldl' (inner: _: [ inner ]) start (builtins.genList (i: i) 9990);
  sets = start: builtins.foldl' (inner: _: { x = inner; }) start (builtins.genList (i: i) 9990);
in
{
  equal = lists 1 == lists 1;
  unequal = sets 1 == sets 2;
  json = builtins.stringLength (builtins.toJSON (lists 1));
  xml = builtins.stringLength (builtins.toXML (builtins.foldl' (inner: _: [ inner ]) 1 (builtins.genList (i: i) 900)));
  text = toString (lists "x");
  forced = builtins.deepSeq (sets 1) 1;
  read = builtins.length (builtins.fromJSON (builtins.toJSON (lists 1)));
}
