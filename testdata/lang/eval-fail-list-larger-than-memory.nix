builtins.genList (index: index) 9223372036854775807
