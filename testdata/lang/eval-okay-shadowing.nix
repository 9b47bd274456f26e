let true = 0; map = f: "mine"; __sub = a: b: "sub"; in [ true (map 1) (3 - 1) (let x = 1; in let x = 2; in x) ((x: (x: x) 2) 1) ]
