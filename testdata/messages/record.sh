#!/usr/bin/env bash
# Records what a real Nix says: of each line of `expressions` its value, or the
# report of its failure with the whole trace; of each line of `programs` what
# it parses to, or the report. `⏎` is the end of a line of the program.
# NIX_INSTANTIATE names the Nix to ask (2.34 for the records that are
# committed); run it again whenever a line changes.
set -euo pipefail
cd "$(dirname "$0")"
nix=${NIX_INSTANTIATE:-nix-instantiate}
ask() { (cd / && env -u NIX_PATH NIX_REMOTE=dummy:// NIX_STORE_DIR=/nix/store HOME=/ "$nix" "$@" 2>&1 < /dev/null) || true; }
record() {
  while IFS= read -r line; do
    printf '> %s\n' "$line"
    ask "${@:2}" -E "${line//⏎/$'\n'}"
  done < "$1" > "$1.said"
}
record expressions --eval --strict --show-trace
record programs --parse
