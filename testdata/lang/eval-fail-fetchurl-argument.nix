builtins.fetchurl { url = "http://example.org/x"; hash = ""; }
