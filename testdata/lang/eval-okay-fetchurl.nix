let
  fetch = import <nix/fetchurl.nix>;
  hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  show = d: [ d.drvPath d.outPath ];
in
map show [
  (fetch { url = "https://example.org/a.tar.gz"; sha256 = hash; })
  (fetch { url = "https://example.org/busybox"; sha256 = hash; executable = true; name = "busybox"; })
  (fetch { url = "https://example.org/x"; sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; unpack = true; })
  (fetch { url = "https://example.org/y"; md5 = "d41d8cd98f00b204e9800998ecf8427e"; system = "ignored"; })
]
