# Attribute sets made from lists, one at a time and at once.
let
  names = builtins.genList (i: "attribute${toString i}") 20000;
  atOnce = builtins.listToAttrs (map (name: { inherit name; value = name; }) names);
  mapped = builtins.mapAttrs (name: value: name + value) atOnce;
in
builtins.foldl' (n: name: n + builtins.stringLength mapped.${name}) 0 names
