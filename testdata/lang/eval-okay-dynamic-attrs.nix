let k = "key"; s = { ${k} = 1; "${k}2".${k} = 2; ${null} = 3; a.${k}.b = 4; }; in [ s s.${k} (s ? ${k}) (s.${"no"} or "default") s."${k}2".key ]
