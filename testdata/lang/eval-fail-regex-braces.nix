builtins.split "a{3,1}" "x"
