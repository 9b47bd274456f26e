# Structured attributes keep their types; strings in them are still inputs.
let
  input = derivation { name = "input"; system = "x"; builder = "b"; outputs = [ "out" "dev" ]; };
  one = derivation {
    name = "structured";
    system = "x";
    builder = "b";
    args = [ "-c" input.dev ];
    outputs = [ "bin" "out" ];
    __structuredAttrs = true;
    outputChecks.out = { maxSize = 10; disallowedReferences = [ "bin" ]; };
    nested = { z = [ 1 1.5 true null ]; a."b c" = "${input}/x"; };
    small = 0.0000001;
    text = builtins.toFile "text" "x";
    quote = "\"\\\n\t é";
    env.X = 1;
  };
  ignoring = derivation {
    name = "ignoring";
    system = "x";
    builder = "b";
    __ignoreNulls = true;
    gone = null;
    kept = [ null 1 ];
  };
in
[ one.drvPath one.outPath one.bin.outPath ignoring.drvPath (derivation (ignoring.drvAttrs // { __ignoreNulls = false; })).drvPath ]
