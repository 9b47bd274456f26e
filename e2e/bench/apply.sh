#!/usr/bin/env bash
# What an apply costs on a real systemd: 50 new containers against `systemctl start` of 50
# units with the same contents, and an apply without changes of 200 containers against
# `systemctl list-units`. Run by `e2e/host run`, with a release build as /usr/local/bin/conex.
. /e2e/lib.sh

built=$(system web busybox 1)

# seconds CMD…: how long it takes.
seconds() {
  local start=$EPOCHREALTIME
  "$@" > /root/bench.log 2>&1 || fail "$(cat /root/bench.log)"
  awk "BEGIN { print $EPOCHREALTIME - $start }"
}

configure() { # PREFIX COUNT AUTOSTART NETWORK
  echo '{'
  for ((i = 0; i < $2; i++)); do
    echo "containers.$1$i = { autoStart = $3; privateNetwork = true; hostAddress = \"10.$4.$i.1\"; localAddress = \"10.$4.$i.2\"; path = \"$built\"; };"
  done
  echo '}'
}

remove() {
  echo '{ }' > /root/configuration.nix
  conex apply /root/configuration.nix --auto-approve > /dev/null 2>&1
  rm -rf /var/lib/nixos-containers/* /nix/var/nix/profiles/per-container /nix/var/nix/gcroots/per-container /var/lib/conex
}

for _ in 1 2 3; do
  configure r 50 true 78 | rehearse
  units=$(for ((i = 0; i < 50; i++)); do echo "container@r$i.service"; done)
  # shellcheck disable=SC2086 # a list of words
  echo "systemctl start, 50 units: $(seconds systemctl start $units)"
  # shellcheck disable=SC2086
  systemctl stop $units
  rm -rf /root/rehearsal /etc/systemd/system/container@r*.service /etc/systemd/system/machines.target.wants/container@r* /etc/nixos-containers/r*.conf /var/lib/conex
  remove
  configure n 50 true 77 > /root/configuration.nix
  echo "conex apply, 50 containers: $(seconds conex apply /root/configuration.nix --auto-approve)"
  remove
done
configure m 200 false 77 > /root/configuration.nix
conex apply /root/configuration.nix --auto-approve > /dev/null 2>&1
for _ in 1 2 3 4 5; do
  echo "conex apply, nothing to do, 200 containers: $(seconds conex apply /root/configuration.nix --auto-approve)"
  echo "systemctl list-units: $(seconds systemctl list-units)"
done
