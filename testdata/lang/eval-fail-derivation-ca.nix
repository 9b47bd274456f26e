(derivation { name = "x"; system = "s"; builder = "b"; __contentAddressed = true; }).outPath
