# Lexical names beat globals, globals beat `with`, the innermost `with` wins.
let true = 1; outer = { };
in with outer; with { map = 1; }; [ true map unknown (with { }; unknown) (map: map) null ]
