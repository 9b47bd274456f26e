# 1,000 files of nixpkgs, parsed and not evaluated further than that.
{ files }:
builtins.foldl' (n: file: builtins.seq (import file) (n + 1)) 0 (builtins.fromJSON (builtins.readFile files))
