#!/bin/sh
# Holds nixos-modules/containers.nix, every expected.json and the embedded lib's modules for
# renamed options against a real Nix with nixpkgs' own lib:
#   NIXPKGS_LIB=/path/to/nixpkgs/lib [NIX_INSTANTIATE=nix-instantiate] ./check-with-nixpkgs.sh
set -eu
cd "$(dirname "$0")"
if [ -z "${NIXPKGS_LIB:-}" ]; then
  echo "skipped: testdata/configurations/check-with-nixpkgs.sh (NIXPKGS_LIB is not set)"
  exit 0
fi
if ! command -v "${NIX_INSTANTIATE:-nix-instantiate}" > /dev/null; then
  echo "skipped: testdata/configurations/check-with-nixpkgs.sh (no nix-instantiate)"
  exit 0
fi
./record.sh --check
"${NIX_INSTANTIATE:-nix-instantiate}" --eval --strict --readonly-mode --store dummy:// --expr "
  import ../lib/renamed-options.nix {
    nixpkgsLib = import $(realpath "$NIXPKGS_LIB");
    ours = import ../../nixos-modules/lib;
  }" > /dev/null
echo "testdata/configurations: nixpkgs' module system gives every expected.json"
