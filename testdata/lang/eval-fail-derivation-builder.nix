(derivation { name = "x"; system = "s"; }).outPath
