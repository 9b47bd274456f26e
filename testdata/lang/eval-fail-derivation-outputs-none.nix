(builtins.derivationStrict { name = "x"; system = "s"; builder = "b"; outputs = [ ]; }).drvPath
