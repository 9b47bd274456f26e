builtins.appendContext "x" { "/nix/store/00000000000000000000000000000000-x".outputs = [ "out" ]; }
