[ (builtins.seq 1 2) (builtins.deepSeq { a = [ 1 ]; } 3) (builtins.seq { a = throw "lazy"; } 4) ]
