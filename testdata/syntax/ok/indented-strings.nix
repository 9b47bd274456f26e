# Indentation goes; tabs, escapes and interpolation are never part of it.
[
  ''''
  ''a''
  ''
    a
      b

    c
  ''
  ''
	tab
   spaces
  ''
  ''
    ${"x"}
      y ${"z"}
    ''
  ''
      a
     ''${b} ''' ''\n ''\t $ ' $${c} '${"d"}'
  ''
  ''   
    the first line has only spaces
     ''
  ''  first
    second''
]
