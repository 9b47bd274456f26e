(derivation { name = "x"; system = "s"; builder = "b"; outputHashMode = "other"; }).outPath
