(derivation { name = "x"; system = "s"; builder = "b"; __impure = true; }).outPath
