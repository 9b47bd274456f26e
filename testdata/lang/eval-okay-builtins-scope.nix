[ (builtins ? map) (builtins ? true) (__add 1 2) (__length [ 1 ]) (builtins.isAttrs builtins) __langVersion __storeDir ]
