# A graph walked with genericClosure.
let
  reached = builtins.genericClosure {
    startSet = [ { key = 0; } ];
    operator = { key }: [ { key = (key * 7 + 1) - (key * 7 + 1) / 60000 * 60000; } { key = (key * 3 + 2) - (key * 3 + 2) / 60000 * 60000; } ];
  };
in
builtins.length reached
