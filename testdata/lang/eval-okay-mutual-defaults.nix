({ a ? b + 1, b ? 5, c ? { x = a; y = b; } }@all: [ a b c all ]) { }
