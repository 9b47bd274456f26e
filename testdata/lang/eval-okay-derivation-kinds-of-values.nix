# What attributes become in the environment of a builder.
let
  base = { name = "values"; system = "x"; builder = "b"; };
  other = derivation base;
  path = value: (derivation (base // { inherit value; })).drvPath;
in
map path [
  1 (-7) 1.5 1000000.25 true false null "" "a\nb\t\"\\\r" [ ] [ 1 [ "a" [ ] null ] "b" ]
  other [ other other.outPath ] { outPath = "/x"; more = throw "unused"; }
  { __toString = self: "text"; } (builtins.toFile "f" "text") ./eval-okay-derivation-fixed.nix
  "${other}/bin:${other.outPath}" (builtins.unsafeDiscardStringContext other.outPath)
  (builtins.unsafeDiscardOutputDependency other.drvPath)
] ++ [
  (derivation (base // { out = "overwritten"; })).drvPath
  (derivation (base // { outputs = [ "lib" "a_b" ]; })).drvPath
  (derivation (base // { args = [ 1 ./eval-okay-derivation-fixed.nix other ]; })).drvPath
]
