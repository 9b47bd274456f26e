builtins.genericClosure { startSet = [ { key = 1; } { key = 5; } ]; operator = { key }: if key > 8 then [ ] else [ { key = key * 2; } { key = key + 3; } ]; }
