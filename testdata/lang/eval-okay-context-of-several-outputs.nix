let
  made = derivation {
    name = "made";
    system = "any";
    builder = "/bin/sh";
    outputs = [ "out" "dev" "doc" ];
  };
  text = "${made} ${made.dev} ${made.doc} ${made.drvPath}";
in
map (context: map (info: [ (info.outputs or null) (info.allOutputs or null) ]) (builtins.attrValues context)) [
  (builtins.getContext text)
  (builtins.getContext (builtins.unsafeDiscardOutputDependency text))
  (builtins.getContext (builtins.appendContext "x" (builtins.getContext text)))
]
