# conex, built by a nixpkgs:
#   pkgs.callPackage ./nixos-modules/package.nix { }
{ lib, rustPlatform }:

rustPlatform.buildRustPackage {
  pname = "conex";
  version = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).workspace.package.version;

  # A checkout has more in it than the sources.
  src = builtins.path {
    name = "conex-source";
    path = ../.;
    filter = path: _: !(builtins.elem (baseNameOf path) [ ".git" "target" "result" ]);
  };
  cargoLock.lockFile = ../Cargo.lock;

  # They compare with a Nix and need its store.
  doCheck = false;

  meta = {
    description = "Plans and applies the containers of a NixOS configuration";
    mainProgram = "conex";
    license = [
      lib.licenses.asl20
      lib.licenses.mit
    ];
    platforms = lib.platforms.linux;
  };
}
