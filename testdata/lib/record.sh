#!/bin/sh
# Records what nixpkgs' lib answers, with a real Nix: expected.json and types.json.
#   NIXPKGS_LIB=/path/to/nixpkgs/lib [NIX_INSTANTIATE=nix-instantiate] ./record.sh [LIB]
# With LIB, prints that lib's answers instead (../../nixos-modules/lib for conex's own).
set -eu
cd "$(dirname "$0")"
nix="${NIX_INSTANTIATE:-nix-instantiate} --eval --strict --readonly-mode --store dummy:// --json"
# One line per value; Nix versions differ in whether they end with a newline.
answers() {
  text=$($nix --expr "import ./evaluate.nix { lib = import $1; file = ./$2.nix; }")
  printf '%s\n' "$text" | sed 's/","/",\n"/g'
}
if [ $# -gt 0 ]; then
  answers "$(realpath "$1")" values
  answers "$(realpath "$1")" types
  exit
fi
: "${NIXPKGS_LIB:?the lib directory of a nixpkgs}"
for part in values types; do
  answers "$(realpath "$NIXPKGS_LIB")" "$part" > "$part.json.new"
  mv "$part.json.new" "$part.json"
done
