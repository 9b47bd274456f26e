let t = builtins.tryEval; in [ (t 1) (t (throw "x")) (t (assert false; 1)) (t { a = throw "lazy"; }).success (t (1 + throw "y")).success ]
