#!/usr/bin/env bash
# A guest that does not have the address which it was started with is told, and left alone:
# the network inside is its own. Nothing of it is asked of the guest.
. /e2e/lib.sh

configuration=/root/configuration.nix
plan() {
  conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "$(cat /root/plan.log)"
}
told() { grep -qF -- "$1" /root/plan.log || fail "not told: $1: $(cat /root/plan.log)"; }
inside() { nsenter --target "$(leader "$1")" --net ip "${@:2}"; }

built=$(system web)
cat > "$configuration" << END
{
  containers.web = {
    autoStart = true; path = "$built";
    privateNetwork = true; hostAddress = "10.77.0.1"; localAddress = "10.77.0.2";
    hostAddress6 = "fd77::1"; localAddress6 = "fd77::2";
  };
  containers.shifted = {
    autoStart = true; path = "$built"; privateUsers = "pick";
    privateNetwork = true; hostAddress = "10.77.1.1"; localAddress = "10.77.1.2";
  };
}
END
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
within 5 pings 10.77.0.2
within 5 pings 10.77.1.2
plan
! grep -q Warning /root/plan.log || fail "$(cat /root/plan.log)"

inside web addr del 10.77.0.2/32 dev eth0 || inside web addr flush dev eth0 scope global
inside shifted addr add 10.9.9.9/32 dev eth0
plan
told 'containers.web does not have the address 10.77.0.2'
! grep -q 'containers.shifted' /root/plan.log || fail "$(cat /root/plan.log)"
inside shifted addr del 10.77.1.2/32 dev eth0
plan
told 'containers.shifted does not have the address 10.77.1.2 inside (it has 10.9.9.9)'

conex stop web
conex start web
within 5 pings 10.77.0.2
plan
! grep -q 'containers.web does' /root/plan.log || fail "$(cat /root/plan.log)"
