# JSON there and back.
let
  value = builtins.genList (i: {
    id = i;
    name = "container ${toString i}";
    ports = [ 80 443 i ];
    nested = { a.b.c = i; text = "grüß \"dich\"\n"; };
  }) 10000;
  text = builtins.toJSON value;
in
builtins.stringLength text + builtins.length (builtins.fromJSON text)
