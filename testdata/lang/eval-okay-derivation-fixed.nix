# Outputs with a hash: every algorithm, notation and mode. Consumers see the
# content, not how it came to be.
let
  of = attributes: derivation ({ name = "fixed"; system = "x"; builder = "b"; } // attributes);
  text = "content";
  every = builtins.concatMap (algorithm: map (mode: of {
    outputHash = builtins.hashString algorithm text;
    outputHashAlgo = algorithm;
    outputHashMode = mode;
  }) [ "flat" "recursive" ]) [ "md5" "sha1" "sha256" "sha512" ];
  sri = of { outputHash = "sha256-7XACtDnprIRfLjV9giusFERzD722AW3YHcIJrtzD1bM="; };
  base64 = of {
    outputHash = "7XACtDnprIRfLjV9giusFERzD722AW3YHcIJrtzD1bM=";
    outputHashAlgo = "sha256";
  };
  base32 = of {
    outputHash = "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
    args = [ "not" "seen" ];
  };
  user = input: derivation { name = "user"; system = "x"; builder = "b"; inherit input; };
in
{
  paths = map (one: [ one.drvPath one.outPath ]) (every ++ [ sri base64 base32 ]);
  same = sri.outPath == base64.outPath;
  users = map (one: (user one).outPath) [ sri base64 base32 ];
}
