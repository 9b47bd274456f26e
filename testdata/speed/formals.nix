# Functions that take a set: required arguments, defaults, an ellipsis.
let
  area = { width, height ? 2, ... }: width * height;
  boxes = builtins.genList (i: { width = i; depth = 1; }) 500000;
in
builtins.foldl' (sum: box: sum + area box) 0 boxes
