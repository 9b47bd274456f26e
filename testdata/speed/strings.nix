# Strings put together: from pieces, by joining, by replacing, by appending.
let
  words = builtins.genList (i: "word-${toString i}, ${toString (i + 1)}") 100000;
  joined = builtins.concatStringsSep "\n" words;
  replaced = builtins.replaceStrings [ "word" "-" "," ] [ "term" "_" ";" ] joined;
  appended = builtins.foldl' (text: word: text + word) "" (builtins.genList (i: "line ${toString i}\n") 10000);
in
builtins.stringLength replaced
+ builtins.stringLength appended
+ builtins.length (builtins.filter (word: builtins.substring 0 4 word == "word") words)
