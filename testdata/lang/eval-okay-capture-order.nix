let mk = i: { get = j: i + j; inner = { deep = k: i + k; }; }; xs = builtins.map mk [ 1 2 3 ]; in builtins.map (x: (x.get 10) + (x.inner.deep 100)) xs
