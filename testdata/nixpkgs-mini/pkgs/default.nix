# Packages that a shell can build.
let
  make =
    name: more: script:
    derivation (
      {
        inherit name;
        system = "x86_64-linux";
        builder = "/bin/sh";
        args = [
          "-ec"
          "PATH=/bin:/usr/bin\n${script}"
        ];
      }
      // more
    );
  pkgs = {
    inherit make;
    lib = import ../lib;
    path = ../.;
    # A package of a version, which refers to others.
    package =
      pname: version: inputs:
      make "${pname}-${version}" { inherit inputs; } "mkdir $out; echo $inputs > $out/inputs";
    hello = pkgs.package "hello" "2.10" [ pkgs.glibc ];
    glibc = pkgs.package "glibc" "2.39-52" [ ];
  };
in
pkgs
