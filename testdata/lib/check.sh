#!/bin/sh
# Holds conex's embedded lib against the recorded answers of nixpkgs' lib, with a real Nix
# (NIX_INSTANTIATE), and says so by name when there is none.
set -eu
cd "$(dirname "$0")"
if ! command -v "${NIX_INSTANTIATE:-nix-instantiate}" > /dev/null; then
  echo "skipped: testdata/lib/check.sh (no nix-instantiate)"
  exit 0
fi
temporary=$(mktemp -d)
trap 'rm -r "$temporary"' EXIT
./record.sh ../../nixos-modules/lib > "$temporary/ours"
cat values.json types.json > "$temporary/recorded"
diff -u "$temporary/recorded" "$temporary/ours"
echo "testdata/lib: the embedded lib gives the recorded answers"
