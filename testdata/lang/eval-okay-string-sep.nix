[ (builtins.concatStringsSep ", " [ "a" "b" ]) (builtins.concatStringsSep "-" [ ]) ]
