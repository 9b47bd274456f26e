# Computed names come last, in the order of the source.
let a = "x"; in rec { ${a} = 1; "${a}y" = b; b = 2; c.${a}.d = 3; ${a + "z"}.e = rec { f = 1; }; }
