builtins.appendContext "a" { "/tmp" = { path = true; }; }
