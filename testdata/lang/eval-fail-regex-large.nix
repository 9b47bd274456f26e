builtins.match "((x{100}){100}){100}" "x"
