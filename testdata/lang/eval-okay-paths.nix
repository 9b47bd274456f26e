[ (builtins.baseNameOf "/a/b") (builtins.baseNameOf "/a/b/") (dirOf "/a/b") (dirOf "b") (dirOf /a/b) (/a/b/../c + "/d") (/a + "b") (toString /x/./y) (baseNameOf ./here) ]
