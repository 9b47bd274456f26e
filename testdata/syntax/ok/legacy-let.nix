# The old `let { … }`.
let { body = a; a = 1; }
