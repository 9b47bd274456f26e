# <nix/fetchurl.nix>: a download by Nix itself, as bootstrap files are made.
# What it gives to `derivation` is a format: it decides store paths.
{
  url,
  name ? baseNameOf (toString url),
  hash ? "",
  sha512 ? "",
  sha1 ? "",
  md5 ? "",
  sha256 ? "",
  # Not for callers: what the first given hash says of itself.
  chosen ?
    let
      given = builtins.filter (candidate: candidate.value != "") [
        { algorithm = ""; value = hash; }
        { algorithm = "sha512"; value = sha512; }
        { algorithm = "sha1"; value = sha1; }
        { algorithm = "md5"; value = md5; }
      ];
    in
    if given == [ ] then { algorithm = "sha256"; value = sha256; } else builtins.head given,
  outputHash ? chosen.value,
  outputHashAlgo ? chosen.algorithm,
  executable ? false,
  unpack ? false,
  impure ? false,
  system ? "",
}:
let
  tree = unpack || executable;
in
derivation (
  (if impure then { __impure = true; } else { inherit outputHash outputHashAlgo; })
  // {
    system = "builtin";
    builder = "builtin:fetchurl";
    inherit name url executable unpack;
    urls = [ url ];
    outputHashMode = if tree then "recursive" else "flat";
    preferLocalBuild = true;
    impureEnvVars = map (protocol: "${protocol}_proxy") [ "http" "https" "ftp" "all" "no" ];
  }
)
