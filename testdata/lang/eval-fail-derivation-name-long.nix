(derivation { name = builtins.concatStringsSep "" (builtins.genList (_: "n") 208); system = "s"; builder = "b"; }).drvPath
