(derivation { name = "x"; system = "s"; builder = "b"; outputHash = "sha1:aa"; outputHashAlgo = "md5"; }).outPath
