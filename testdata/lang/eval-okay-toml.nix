builtins.fromTOML ''
  a = 1
  b = [ "x", 'y' ]
  [t]
  c = 1.5
  [[l]]
  d = true
''
