let
  plain = derivation {
    name = "plain-1.0";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-c" "echo hi > $out" ];
    number = 3;
    yes = true;
    no = false;
    nothing = null;
    list = [ 1 "two" [ ] "three" ];
    text = "a \"quoted\"\n\ttext with \\ and $x";
  };
  several = derivation {
    name = "several";
    system = "x86_64-linux";
    builder = "${plain}/bin/build";
    outputs = [ "out" "dev" "lib" ];
    inherit plain;
  };
  fixed = derivation {
    name = "source.tar.gz";
    system = "builtin";
    builder = "builtin:fetchurl";
    outputHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    outputHashAlgo = "sha256";
    url = "https://example.org/";
  };
  tree = derivation {
    name = "tree";
    system = "x86_64-linux";
    builder = "x";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    outputHashMode = "recursive";
  };
  weak = derivation {
    name = "weak";
    system = "x86_64-linux";
    builder = "x";
    outputHash = "d41d8cd98f00b204e9800998ecf8427e";
    outputHashAlgo = "md5";
  };
  user = derivation {
    name = "user";
    system = "x86_64-linux";
    builder = several.dev;
    inputs = [ fixed tree weak several.lib several ];
    source = ./lib-dir;
    file = ./lib-text.txt;
    made = builtins.toFile "made.txt" "text for ${./lib-text.txt}";
    __ignoreNulls = true;
    gone = null;
  };
  structured = derivation {
    name = "structured";
    system = "x86_64-linux";
    builder = "${plain}";
    __structuredAttrs = true;
    outputs = [ "out" "doc" ];
    deep = { a = [ 1 2 { b = "${fixed}"; } ]; t = true; f = 1.5; };
  };
  show = d: [ d.drvPath d.outPath d.outputName ] ++ map (o: o.outPath) d.all;
in
map show [ plain several several.dev fixed tree weak user structured ]
++ [
  (builtins.attrNames plain)
  (builtins.attrNames several)
  (builtins.attrNames several.drvAttrs)
  (builtins.getContext "${several.dev} ${plain.drvPath}")
  (builtins.getContext (builtins.unsafeDiscardOutputDependency plain.drvPath))
  (builtins.placeholder "out")
  (builtins.hasContext plain.outPath)
  (plain == derivation plain.drvAttrs)
  (builtins.unsafeDiscardStringContext (builtins.appendContext "x" { ${builtins.unsafeDiscardStringContext plain.drvPath} = { outputs = [ "out" ]; }; }))
]
