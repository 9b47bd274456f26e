builtins.getFlake "path:/tmp"
