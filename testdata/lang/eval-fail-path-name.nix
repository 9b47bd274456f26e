builtins.path { path = ./lib-text.txt; name = "a b"; }
