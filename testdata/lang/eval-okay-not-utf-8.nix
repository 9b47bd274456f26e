# Programs are bytes; a string keeps those that are not UTF-8.
let
  text = "bäd Ã¤ ÿ";
  name = { "schön" = 3; };
in
[
  (builtins.stringLength text)
  (builtins.substring 1 1 text == "ä")
  (builtins.hashString "sha256" "${text} þ")
  name."schön"
  (name ? "schön")
]
