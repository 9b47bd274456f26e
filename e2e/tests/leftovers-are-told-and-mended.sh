#!/usr/bin/env bash
# What containers left that do not run: an interface of one that conex made is removed, what
# belongs to others is only told, and what a container needs that runs stays.
. /e2e/lib.sh

configuration=/root/configuration.nix
plan() { conex plan "$configuration" "$@" > /root/plan.log 2>&1; }
told() { grep -qF -- "$1" /root/plan.log || fail "not told: $1: $(cat /root/plan.log)"; }
not_told() { ! grep -qF -- "$1" /root/plan.log || fail "told: $1: $(cat /root/plan.log)"; }

built=$(system web)
cat > "$configuration" << END
{
  containers.web = {
    privateNetwork = true; hostAddress = "10.77.0.1"; localAddress = "10.77.0.2";
    path = "$built";
  };
  containers.a-very-long-name = {
    privateNetwork = true; hostAddress = "10.77.1.1"; localAddress = "10.77.1.2";
    path = "$built";
  };
  containers.runs = {
    autoStart = true;
    privateNetwork = true; hostAddress = "10.77.2.1"; localAddress = "10.77.2.2";
    path = "$built";
  };
}
END
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
plan --detailed-exitcode
not_told 'Left over'

# A container that starts and stops leaves nothing.
conex start a-very-long-name
long=$(cd /sys/class/net && echo ve-a-*)
conex stop a-very-long-name
plan --detailed-exitcode
not_told 'Left over'

# Interfaces by hand, with the names of containers that do not run, of one that nobody
# knows, and one that is no container's.
ip link add ve-web type veth peer name left0
ip link add "$long" type veth peer name left1
ip link add ve-nobody type veth peer name left2
ip link add other0 type veth peer name left3
plan && status=0 || status=$?
expect 'the plan' 0 "$status"
told 'the interface ve-web: the container web does not run'
told "the interface $long: the container a-very-long-name does not run"
told 'the interface ve-nobody: the container nobody, which conex did not make, does not run'
told 'to remove it: ip link del ve-nobody'
not_told 've-runs'
not_told 'other0'
plan --json
grep -q '"leftovers":\[{"kind":"interface","container":"a-very-long-name"' /root/plan.log
conex plan "$configuration" --out /root/plan.json > /root/plan.log
conex show /root/plan.json --markdown | grep -q 'the interface ve-nobody'
conex show /root/plan.json --html | grep -q 'the interface ve-nobody'

before=$(started runs)
conex apply /root/plan.json > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
refused ip link show dev ve-web
refused ip link show dev "$long"
ip link show dev ve-nobody > /dev/null
ip link show dev ve-runs > /dev/null
ip link show dev other0 > /dev/null
expect 'PID 1 of runs' "$before" "$(started runs)"
plan --detailed-exitcode

# Between the plan and its end somebody starts the container: its interface stays.
ip link add ve-web type veth peer name left0
conex plan "$configuration" --out /root/plan.json > /root/plan.log
ip link del ve-web
conex start web
conex apply /root/plan.json > /root/apply.log 2>&1 && fail 'a stale plan was applied'
within 5 pings 10.77.0.2
conex stop web

# A conf that is all there is of a container.
printf 'PRIVATE_NETWORK=0\n' > /etc/nixos-containers/alone.conf
plan --detailed-exitcode
told 'containers.alone is not managed by conex (/etc/nixos-containers/alone.conf; nothing else is there of it)'
mkdir /var/lib/nixos-containers/alone
plan --detailed-exitcode
not_told 'nothing else is there'

# A machine that somebody runs under the name of a container that does not run.
systemd-run --quiet --unit=byhand sleep 60
busctl --quiet call org.freedesktop.machine1 /org/freedesktop/machine1 \
  org.freedesktop.machine1.Manager RegisterMachine sayssus web 0 byhand container \
  "$(show byhand.service MainPID)" ''
plan --detailed-exitcode
told 'the machine web runs in byhand.service, not as container@web.service'
machinectl list --no-legend | grep -q '^web '

# One that goes takes what it left along.
ip link add ve-a-very type veth peer name left4
ip link add "$long" type veth peer name left1
echo '{ }' > "$configuration"
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
refused ip link show dev "$long"
ip link show dev ve-a-very > /dev/null
