# Text is what `__toString` has to give, also where it is reached by way of
# `outPath`.
builtins.toJSON [ { outPath = { __toString = self: self.number; number = 7; }; } ]
