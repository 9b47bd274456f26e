[ (builtins.hashString "md5" "x") (builtins.hashString "sha1" "x") (builtins.hashString "sha256" "") (builtins.hashString "sha512" "x") ]
