# Escapes and interpolation of plain strings.
[
  "" "a\n\r\t\"\\\${\x" "$" "$$" "$${a}" "a$" "\$" "$\{" "${"a"}" "a${"b"}c${"d"}"
  "two
lines"
]
