#!/usr/bin/env bash
# `conex apply` on the machine itself: from a file to containers that run, each rung of a
# change seen from inside, and a container that goes.
. /e2e/lib.sh

configuration=/root/configuration.nix
apply() { conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"; }
pending() {
  local status=0
  conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || status=$?
  expect 'exit code' 2 "$status"
}
nothing_pending() { conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "something is pending: $(cat /root/plan.log)"; }
boots() { wc -l < "$(root_of "$1")/var/log/boots"; }

one=$(system web busybox 1)
configure() {
  cat > "$configuration" << END
{
  containers.web = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "$1";
    localAddress = "10.77.0.2";
    path = "$one";
    $2
  };
  containers.db = { autoStart = true; path = "$one"; };
  containers.idle.path = "$one";
}
END
}

# Containers that conex did not make stay as they are.
mkdir -p /etc/nixos-containers
printf 'SYSTEM_PATH=%s\nPRIVATE_NETWORK=0\n' "$one" > /etc/nixos-containers/foreign.conf

configure 10.77.0.1 ''
pending
apply
machinectl list --no-legend | grep -q '^web '
machinectl list --no-legend | grep -q '^db '
refused systemctl is-active container@idle.service
within 5 pings 10.77.0.2
nothing_pending

# An apply without changes restarts nothing and leaves no trace.
before=$(started web)
apply
expect 'PID 1 of web' "$before" "$(started web)"
test ! -e /var/lib/conex/journal.jsonl

# A changed address is changed around the running container.
configure 10.77.0.9 ''
pending
apply
expect 'PID 1 of web' "$before" "$(started web)"
ip -4 addr show dev ve-web | grep -q '10\.77\.0\.9/32'
refused sh -c "ip -4 addr show dev ve-web | grep -q '10\.77\.0\.1/32'"
nothing_pending

# An address that somebody took away is given back, around the running container.
ip addr del 10.77.0.9/32 dev ve-web
pending
apply
expect 'PID 1 of web' "$before" "$(started web)"
ip -4 addr show dev ve-web | grep -q '10\.77\.0\.9/32'
nothing_pending

# An added mount is there without a restart.
mkdir -p /srv/data
echo seen > /srv/data/file
configure 10.77.0.9 'bindMounts."/data".hostPath = "/srv/data";'
apply
expect 'PID 1 of web' "$before" "$(started web)"
expect 'the mounted file' seen "$(guest web 'cat /data/file')"
nothing_pending

# What needs a restart is restarted, and only that.
other=$(started db)
configure 10.77.0.9 'bindMounts."/data".hostPath = "/srv/data"; tmpfs = [ "/scratch" ];'
apply
expect 'boots of web' 2 "$(boots web)"
expect 'PID 1 of db' "$other" "$(started db)"
nothing_pending

# An interface that is gone comes back with a restart.
ip link del ve-web
pending
apply
expect 'boots of web' 3 "$(boots web)"
within 5 pings 10.77.0.2
nothing_pending

# Who restarts it by hand runs what the conf and the unit say.
systemctl restart container@web.service
nothing_pending

# Stopped by hand: the next apply starts it.
systemctl stop container@db.service
pending
apply
systemctl is-active --quiet container@db.service
nothing_pending

# One writer at a time: the second one names the first and changes nothing.
flock /var/lib/conex/lock sleep 3 &
configure 10.77.0.1 ''
within 2 sh -c '! flock --nonblock /var/lib/conex/lock true'
! conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail 'two at once'
grep -q 'another conex is changing this host: conex apply' /root/apply.log || fail "$(cat /root/apply.log)"
ip -4 addr show dev ve-web | grep -q '10\.77\.0\.9/32'
conex apply "$configuration" --auto-approve --lock-timeout 20s > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
wait
nothing_pending

# One that goes is stopped; its root stays.
echo '{ }' > "$configuration"
apply
refused systemctl is-active container@web.service
test ! -e /etc/systemd/system/container@web.service
test -d "$(root_of web)"
expect 'the foreign conf' "$one" "$(sed -n 's/^SYSTEM_PATH=//p' /etc/nixos-containers/foreign.conf)"
nothing_pending
