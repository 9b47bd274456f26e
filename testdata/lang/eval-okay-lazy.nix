let xs = [ (throw "never") 1 ]; s = { bad = throw "never"; good = 2; }; in [ (builtins.elemAt xs 1) s.good (builtins.length xs) ((x: 3) (throw "never")) (({ a ? throw "never" }: 4) { }) ]
