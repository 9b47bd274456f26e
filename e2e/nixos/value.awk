# The last value of `key` in [`section`]; an empty one takes away those before it.
/^[ \t]*([#;]|$)/ { next }
/^\[/ { current = substr($0, 2, index($0, "]") - 2); next }
current == section && (equals = index($0, "=")) {
  name = substr($0, 1, equals - 1)
  gsub(/^[ \t]+|[ \t]+$/, "", name)
  if (name == key) {
    value = substr($0, equals + 1)
    gsub(/^[ \t]+|[ \t]+$/, "", value)
  }
}
END { print value }
