let f = n: if n == 0 then 0 else 1 + f (n - 1); chain = builtins.foldl' (a: i: a + i) 0 (builtins.genList (i: i) 20000); in [ (f 5000) chain ]
