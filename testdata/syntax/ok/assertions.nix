# Statements in front of an expression.
assert true; with { a = 1; }; if a then assert a; a else with { }; b
