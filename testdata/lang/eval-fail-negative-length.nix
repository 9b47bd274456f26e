builtins.genList (i: i) (0 - 1)
