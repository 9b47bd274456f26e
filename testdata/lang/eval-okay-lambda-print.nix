[ (x: x) map (map (x: x)) { f = { a }: a; } ]
