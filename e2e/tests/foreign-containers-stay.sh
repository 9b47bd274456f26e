#!/usr/bin/env bash
# Containers that somebody else made - with `nixos-container`, by a switch of NixOS, by hand -
# are listed and never touched, whatever conex makes, changes and removes beside them.
. /e2e/lib.sh

configuration=/root/configuration.nix
built=$(system foreign)
flags="--quiet --keep-unit --notify-ready=yes --kill-signal=SIGRTMIN+3 --bind-ro=/nix/store --link-journal=try-guest"
unit() { # NAME: the unit as NixOS has it, without its scripts
  cat << END
[Unit]
Description=Container '%i'
[Service]
Type=notify
EnvironmentFile=-/etc/nixos-containers/%i.conf
Environment=SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
RestartForceExitStatus=133
SuccessExitStatus=133
Slice=machine.slice
Delegate=true
KillMode=mixed
KillSignal=TERM
ExecStart=/usr/bin/systemd-nspawn -M $1 -D /var/lib/nixos-containers/$1 $flags \
  --bind=/nix/var/nix/profiles/per-container/$1:/nix/var/nix/profiles --private-network --network-veth $built/init
END
}
rooted() { mkdir -p "$(root_of "$1")"/{etc,usr/bin,var/lib,root}; touch "$(root_of "$1")"/etc/{os-release,machine-id}; }

# As `nixos-container create` leaves one: a conf, a profile, the template unit.
mkdir -p /etc/nixos-containers /nix/var/nix/{profiles,gcroots}/per-container/{imperative,switched}
rooted imperative
nix-env --quiet --profile /nix/var/nix/profiles/per-container/imperative/system --set "$built"
printf '%s\n' PRIVATE_NETWORK=1 HOST_ADDRESS=10.233.1.1 LOCAL_ADDRESS=10.233.1.2 HOST_BRIDGE= HOST_PORT= AUTO_START=0 \
  > /etc/nixos-containers/imperative.conf
unit %i > /etc/systemd/system/container@.service
# As a switch leaves one: links into the store.
rooted switched
unit switched > /root/container-switched.service
ln -s "$(nix-store --add /root/container-switched.service)" /etc/systemd/system/container@switched.service
printf 'SYSTEM_PATH=%s\nPRIVATE_USERS=no\n' "$built" > /root/switched.conf
ln -s "$(nix-store --add /root/switched.conf)" /etc/nixos-containers/switched.conf
systemctl daemon-reload
start imperative switched
# By hand, without any unit of its own.
rooted loose
mkdir -p /var/lib/machines
mv "$(root_of loose)" /var/lib/machines/loose
# shellcheck disable=SC2086 # a list of words
systemd-run --quiet --unit=loose --slice=machine.slice --property=Type=notify --property=Delegate=true --property=KillMode=mixed \
  --setenv=SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -M loose -D /var/lib/machines/loose $flags "$built/init"
ip address add 10.233.1.1 dev ve-imperative
ip link set ve-imperative up

picture() {
  find /etc/nixos-containers /etc/systemd/system /var/lib/machines /nix/var/nix/*/per-container \
    "$(root_of imperative)" "$(root_of switched)" \( -path '*/web*' -o -path '*/container@web*' -o -path '*/var/task*' \) -prune \
    -o -type f -printf '%p %m %U %T@ %s\n' -o -type l -printf '%p %l\n' | sort
  for name in imperative switched loose; do echo "$name $(started $name)"; done
  ip -o address show dev ve-imperative | sed 's/^[0-9]*: //'
  machinectl list --no-legend | awk '$1 != "web" { print $1 }' | sort
}
picture > /root/before

# unharmed WHEN
unharmed() {
  picture > /root/now
  diff /root/before /root/now >&2 || fail "changed: $1"
}

# configure ADDRESS MORE
configure() {
  echo "{ containers.web = { path = \"$built\"; autoStart = true; privateNetwork = true; hostAddress = \"10.77.0.1\"; localAddress = \"$1\"; }; ${2-} }" > "$configuration"
}
apply() { conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"; }

conex status > /root/status.log 2>&1 || true
for name in imperative switched; do grep -q "$name" /root/status.log || fail "$name is not listed: $(cat /root/status.log)"; done
configure 10.77.0.2
conex plan "$configuration" > /root/plan.log 2>&1 || fail "$(cat /root/plan.log)"
for name in imperative switched; do grep -q "$name" /root/plan.log || fail "$name is not listed: $(cat /root/plan.log)"; done
apply
unharmed 'when another is made'
configure 10.77.0.3
apply
unharmed 'when another is changed'

# One of their names is not taken over by an apply.
for name in imperative switched; do
  configure 10.77.0.3 "containers.$name.path = \"$built\";"
  ! conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$name is taken over"
  grep -q 'not managed by conex' /root/apply.log || fail "$(cat /root/apply.log)"
  unharmed "by an apply that names $name"
done
! conex stop imperative > /root/stop.log 2>&1 || fail 'it is stopped'

echo '{ }' > "$configuration"
apply
refused systemctl is-active container@web.service
unharmed 'when another is removed'
