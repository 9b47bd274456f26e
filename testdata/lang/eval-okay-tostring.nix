builtins.map toString [ 1 1.5 true false null "s" [ 1 [ 2 3 ] ] [ "x" [ ] ] [ [ ] "x" ] { outPath = "o"; } { __toString = self: self.x; x = "y"; } /a/../b ]
