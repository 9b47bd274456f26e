builtins.scopedImport { x = 5; map = "m"; } ./lib-scoped.nix
