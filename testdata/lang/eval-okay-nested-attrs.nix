{ a.b.c = 1; a.b.d = 2; a = { e = 3; }; "x y".z = 5; inherit ({ g = 6; h = 7; }) g h; }
