builtins.match "x[b-a]" "x"
