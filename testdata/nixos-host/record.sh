#!/bin/sh
# Writes expected.json: what a real Nix with nixpkgs' module system makes of the hosts here.
#   NIXPKGS_LIB=/path/to/nixpkgs/lib [NIX_INSTANTIATE=nix-instantiate] ./record.sh
# Needs python3 for the layout of the JSON.
set -eu
cd "$(dirname "$0")"
: "${NIXPKGS_LIB:?the lib directory of a nixpkgs}"
"${NIX_INSTANTIATE:-nix-instantiate}" --eval --strict --readonly-mode --store dummy:// --json \
  --expr "import ./evaluate.nix { lib = import $(realpath "$NIXPKGS_LIB"); }" \
  | python3 -m json.tool --indent 2 --sort-keys > expected.json.new
mv expected.json.new expected.json
