# What the difference between two units asks for: `equal`, `reload` or `restart`.
#   awk -f compare-units.awk side=1 OLD side=2 NEW
BEGIN {
  split("X-Reload-Triggers Description Documentation OnFailure OnSuccess OnFailureJobMode " \
    "IgnoreOnIsolate StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate " \
    "CollectMode SourcePath", list, " ")
  for (i in list) ignored[list[i]] = 1
}
/^[ \t]*([#;]|$)/ { next }
/^\[/ {
  section = substr($0, 2, index($0, "]") - 2)
  if (section != "Install") sections[side, section] = names[section] = 1
  next
}
section != "Install" && (equals = index($0, "=")) {
  key = substr($0, 1, equals - 1)
  value = substr($0, equals + 1)
  gsub(/^[ \t]+|[ \t]+$/, "", key)
  gsub(/^[ \t]+|[ \t]+$/, "", value)
  keys[section, key] = section SUBSEP key
  has[side, section, key] = 1
  values[side, section, key] = value == "" ? "" : values[side, section, key] "\n" value
}
END {
  result = "equal"
  for (section in names)
    if (section != "Unit" && !((1, section) in sections && (2, section) in sections)) restart()
  for (name in keys) {
    split(keys[name], part, SUBSEP)
    section = part[1]
    key = part[2]
    was = (1, section, key) in has
    is = (2, section, key) in has
    if (was && is && values[1, section, key] == values[2, section, key]) continue
    if (section == "Unit" && key == "X-Reload-Triggers") {
      if (is) result = "reload"
    } else if (section == "Unit" && key in ignored) {
      continue
    } else if (section == "Service" && key == "ExecReload") {
      if (is) result = "reload"
    } else if (section == "Mount" && key == "Options" && was && is) {
      result = "reload"
    } else {
      restart()
    }
  }
  print result
}
function restart() {
  if (!done) print "restart"
  done = 1
  exit
}
