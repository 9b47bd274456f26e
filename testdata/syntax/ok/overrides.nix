# `__overrides` replaces variables, so that each must be a thunk.
let y = 1; in rec { x = 1; f = a: a; inherit y; __overrides = { x = 2; }; }
