# 25,000 derivations, in chains of ten, each with a few inputs.
let
  make = i: previous: derivation {
    name = "package-${toString i}";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-c" "echo ${toString i} > $out" ];
    version = toString i;
    inputs = previous;
  };
  chain = i: builtins.foldl' (previous: j: [ (make (i * 10 + j) previous) ]) [ ] (builtins.genList (j: j) 10);
  all = builtins.concatMap chain (builtins.genList (i: i) 2500);
in
builtins.stringLength (builtins.concatStringsSep " " (map (drv: drv.drvPath) all))
