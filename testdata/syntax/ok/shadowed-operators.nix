# Arithmetic and comparison call what these names mean where they stand.
let __sub = x: y: x; __lessThan = x: y: true;
in a: b: [ (a - b) (-a) (a < b) (a <= b) (a > b) (a >= b) (a * b) (let __mul = a; in a * b) ]
