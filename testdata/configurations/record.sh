#!/bin/sh
# Writes NAME/expected.json beside every NAME/configuration.nix: what a real Nix with nixpkgs'
# module system makes of it, in the form of `conex values --json`.
#   NIXPKGS_LIB=/path/to/nixpkgs/lib [NIX_INSTANTIATE=nix-instantiate] ./record.sh [--check] [NAME…]
# --check compares instead. Needs python3 for the layout of the JSON.
set -eu
cd "$(dirname "$0")"
: "${NIXPKGS_LIB:?the lib directory of a nixpkgs}"
check=
if [ "${1:-}" = --check ]; then
  check=1
  shift
fi
if [ $# -eq 0 ]; then
  # The larger fleets are the same file as the one of ten.
  set -- $(ls -d */ ../quick-start/ | grep -v -e '^hundred/' -e '^thousand/')
fi
for name; do
  name=${name%/}
  extra=
  [ -e "$name/record.nix" ] && extra="extra = ./$name/record.nix;"
  "${NIX_INSTANTIATE:-nix-instantiate}" --eval --strict --readonly-mode --store dummy:// --json --expr "
    import ./record.nix {
      lib = import $(realpath "$NIXPKGS_LIB");
      configuration = ./$name/configuration.nix;
      $extra
    }" | python3 -m json.tool --indent 2 --sort-keys > "$name/expected.json.new"
  if [ -n "$check" ]; then
    diff -u "$name/expected.json" "$name/expected.json.new" || exit 1
    rm "$name/expected.json.new"
  else
    mv "$name/expected.json.new" "$name/expected.json"
  fi
done
