let f = { __functor = self: x: self.n + x; n = 10; }; in [ (f 1) (builtins.map f [ 1 2 ]) (builtins.isFunction f) ]
