# Regular expressions, short texts and a long one.
let
  versions = builtins.genList (i: "package-${toString i}.${toString (i / 7)}-rc${toString (i / 3)}") 20000;
  parts = map (builtins.match "([a-z]+)-([0-9]+)\\.([0-9]+)(-rc([0-9]+))?") versions;
  text = builtins.concatStringsSep ", " versions;
in
builtins.length (builtins.filter (part: part != null) parts)
+ builtins.length (builtins.split "[, ]+" text)
