let
  n = "w";
in
[
  "a${n}b"
  "\n\t\"\\$${n}\${n}"
  ("x" + "y")
  ("a" + "${n}")
  '' ''
  ''
    indented ${n}
      more
    ''${n} '''quoted''' ''\n end
  ''
  "$${n}"
  "$"
  (builtins.stringLength "grüß")
  (builtins.substring 1 2 "abcd")
  (builtins.substring 2 (0 - 1) "abcd")
  (builtins.substring 9 1 "abcd")
]
