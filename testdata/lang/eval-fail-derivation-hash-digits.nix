(derivation { name = "x"; system = "s"; builder = "b"; outputHash = "zz345678901234567890123456789012"; outputHashAlgo = "md5"; }).outPath
