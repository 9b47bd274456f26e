[
  "${./lib-dir}"
  "${./lib-text.txt}"
  (builtins.toFile "hello" "world")
  (builtins.path { path = ./lib-dir; name = "renamed"; })
  (builtins.path { path = ./lib-text.txt; recursive = false; })
  (builtins.path { path = ./lib-dir; filter = path: type: baseNameOf path != "other.txt"; })
  (builtins.filterSource (path: type: type == "directory" || baseNameOf path == "default.nix") ./lib-dir)
  (builtins.toJSON { p = ./lib-text.txt; })
]
