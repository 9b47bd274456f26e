#!/usr/bin/env bash
# Records what a real Nix says of each program: values in .exp, last lines of
# errors in .err, with this directory as /pwd. NIX_INSTANTIATE names the Nix to ask (2.34 for the records
# that are committed); run it again whenever a program changes.
set -euo pipefail
cd "$(dirname "$0")"
errors=$(mktemp)
nix=${NIX_INSTANTIATE:-nix-instantiate}
ask() { env -u NIX_PATH NIX_REMOTE=dummy:// NIX_STORE_DIR=/nix/store "$nix" --eval --strict --readonly-mode "$1"; }
for file in eval-okay-*.nix; do
  ask "$file" > "${file%.nix}.exp" || echo "$file fails" >&2
done
for file in eval-fail-*.nix; do
  # What these say is that of a newer Nix (2.36), taken down by hand.
  case "$file" in *-newer.nix) continue ;; esac
  if ask "$file" > /dev/null 2> "$errors"; then
    echo "$file does not fail" >&2
  fi
  grep -E '^ *error: ' "$errors" | tail -n 1 | sed "s/^ *//; s|$PWD|/pwd|g" > "${file%.nix}.err"
done
