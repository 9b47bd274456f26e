let a = { x = b; }; b = { y = c; l = [ d ]; }; c = [ d ]; d = 1; f = { p ? { q = r; }, r ? [ s ], s ? 4 }: [ p r s ]; in [ a b c (f { }) (f { s = 9; }) (rec { u = { v = w; }; w = [ z ]; z = 3; }) ]
