builtins.fetchMercurial { url = "http://example.org/x"; branch = "x"; }
