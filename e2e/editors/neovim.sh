#!/usr/bin/env bash
# Neovim with the configuration of docs/editors: first without a screen (neovim.lua), then
# on one, whose contents are written to screen-NAME.txt. Runs in a directory of its own
# that has the blocks of the page and the folder house.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)

export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home/.config XDG_DATA_HOME=$PWD/home/data
export XDG_CACHE_HOME=$PWD/home/cache XDG_STATE_HOME=$PWD/home/state LANG=C.UTF-8
mkdir -p "$XDG_CONFIG_HOME/nvim"
cp neovim-0.7.lua "$XDG_CONFIG_HOME/nvim/init.lua"

cd house
timeout 120 nvim --headless -c "luafile $scripts/neovim.lua"

# The same beside another server, as the comment in the configuration says.
sed -i 's/-- init_options/init_options/' "$XDG_CONFIG_HOME/nvim/init.lua"
BESIDE=1 timeout 120 nvim --headless -c "luafile $scripts/neovim.lua"
cp ../neovim-0.7.lua "$XDG_CONFIG_HOME/nvim/init.lua"

# The screens of the page are those of this version; another one draws others.
case $(nvim --version) in
  'NVIM v0.7'*) ;;
  *) exit 0 ;;
esac

# A server of tmux for each session, that knows nothing of anybody's settings.
sessions=0 socket=
screen() { tmux -S "$socket" -f /dev/null "$@"; }
trap 'screen kill-server 2> /dev/null || true' EXIT

# Waits until the screen has a text and stands still.
await() {
  local last="" now
  for _ in $(seq 80); do
    now=$(screen capture-pane -p | sed 's/[[:space:]]*$//')
    if [[ $now == *"$1"* && $now == "$last" ]]; then
      printf '%s\n' "$now" > "../screen-$2.txt"
      return
    fi
    last=$now
    sleep 0.5
  done
  printf 'never seen on the screen: %s\n%s\n' "$1" "$now" >&2
  exit 1
}

open_house() {
  screen kill-session 2> /dev/null || true
  socket=../tmux-$((++sessions))
  screen new-session -d -x 110 -y 20 nvim -n web.nix
  await 'E     forwardPorts' "$1"
}

open_house findings
screen send-keys '4GA' Enter 'hos' C-x C-o
await hostBridge completion

open_house findings
screen send-keys '6G^K'
await containers.web.privateNetwork hover
