# Windows ends of lines: \n in strings, kept in indented ones.
[ "a
b" # comment
''
    a
    b
  '' ]
