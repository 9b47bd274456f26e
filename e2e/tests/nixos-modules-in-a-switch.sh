#!/usr/bin/env bash
# What the modules for NixOS add to a switch, made by a real Nix: a switch that would interrupt
# what is protected is refused before anything is done, and those that ask for it get their new
# systems activated inside after one.
. /e2e/lib.sh
. /e2e/nixos/lay-out.sh

# made OF: what the modules make of the host `switched`.
made() {
  nix --extra-experimental-features nix-command eval --offline --raw --impure --expr "
    let lib = import /conex/nixos-modules/lib; in
    (import /conex/testdata/nixos-host/evaluate.nix {
      inherit lib;
      evalModules = import /conex/testdata/nixos-host/modules.nix lib;
    }).switched.$1"
}
made preSwitchChecks.conex > /root/check
made services.conex-reload.script > /root/reload
expect 'what the unit waits for' /run/conex/reload \
  "$(made services.conex-reload.unitConfig.ConditionPathExists)"

# host SYSTEM DB WEB FILES MAIL: each with its version, `files` with something in its conf.
host() {
  lay_out "$1"
  template "$1" norestart
  add "$1" db auto "system=$2"
  add "$1" web auto norestart "system=$3"
  add "$1" files auto norestart "system=$4" "conf=X=$4"
  add "$1" mail norestart "system=$5"
  check "$1" < /root/check
  service "$1" conex-reload < /root/reload
  # What NixOS makes of `unitConfig`.
  echo '[Unit]
ConditionPathExists=/run/conex/reload' \
    | in_store "$store-$1-units/conex-reload.service.d" condition.conf
}
lay_out_basics
host first 1 1 1 1
host hard 2 2 2 2
host soft 1 2 2 2
becomes_nixos first
systemctl start container@mail.service

switch() { /e2e/nixos/switch-to-configuration "$store-$1" > /root/switch.log 2>&1; }
all() { for name in db web files mail; do show "container@$name.service" InvocationID; done | xargs; }
activations() { cat "$(root_of "$1")/var/log/activations" 2> /dev/null || true; }
before=$(all)
: > /run/events

# Refused, with the preview, what is the matter and how to go on; nothing was done.
refused switch hard
expect 'what was done' '' "$(cat /run/events)"
expect 'the system' "$store-first" "$(readlink -f /run/current-system)"
for text in 'db is stopped, and started again' 'would interrupt db,' 'NIXOS_NO_CHECK=1' \
  'nixos-rebuild boot'; do
  grep -qF "$text" /root/switch.log || fail "not told: $text: $(cat /root/switch.log)"
done
test ! -e /run/conex/reload

# Nothing that is protected is in the way of this one. Only who asks for it is reloaded, and
# only where that is enough.
switch soft || fail "$(cat /root/switch.log)"
grep -qF 'web goes on with what it was started with' /root/switch.log
within 10 test ! -e /run/conex/reload
expect 'the starts of all' "$before" "$(all)"
expect 'what was done' 'activate reload web' "$(xargs < /run/events)"
expect 'web' '2 test' "$(activations web)"
expect 'files and mail' '' "$(activations files)$(activations mail)"

# The same again reloads nothing.
switch soft || fail "$(cat /root/switch.log)"
within 10 test ! -e /run/conex/reload
expect 'web' '2 test' "$(activations web)"

# The way out that the refusal names.
refused switch hard
NIXOS_NO_CHECK=1 switch hard || fail "$(cat /root/switch.log)"
expect 'db' "$store-guest-2" "$(tr '\0' '\n' < "/proc/$(leader db)/cmdline" | sed -n 's:/init$::p')"
