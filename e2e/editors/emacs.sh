#!/usr/bin/env bash
# Emacs with the configuration of docs/editors (emacs.el). Runs in a directory of its own
# that has the blocks of the page and the folder house.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
export HOME=$PWD/home LANG=C.UTF-8
mkdir -p "$HOME/.emacs.d"
cp emacs.el "$HOME/.emacs.d/init.el"
cd house
timeout 120 emacs --batch --eval '(package-initialize)' --load "$HOME/.emacs.d/init.el" \
  --load "$scripts/emacs.el"
