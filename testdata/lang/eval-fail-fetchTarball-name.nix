builtins.fetchTarball { url = "https://example.org/x"; name = "~"; }
