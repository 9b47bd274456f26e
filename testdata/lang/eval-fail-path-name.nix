builtins.path { path = ./record.sh; name = "a b"; }
