#!/usr/bin/env bash
# What can go wrong with the machine while conex applies: each ends in bounded time, says
# what it was, and once it is mended the next apply does what is left.
. /e2e/lib.sh

configuration=/root/configuration.nix
good=$(system web busybox 1)
bb=$(readlink -f /etc/e2e/busybox)/bin/busybox

# made NAME SCRIPT: a system whose init is this script.
made() {
  mkdir -p "/root/$1"
  printf '#!%s sh\nbb=%s\n%s\n' "$bb" "$bb" "$2" > "/root/$1/init"
  chmod +x "/root/$1/init"
  nix-store --add "/root/$1"
}

# configure NAME OPTIONS…: a container for each pair.
configure() {
  echo '{' > "$configuration"
  while [ $# != 0 ]; do
    echo "containers.$1 = { autoStart = true; $2 };" >> "$configuration"
    shift 2
  done
  echo '}' >> "$configuration"
}

# refuses SECONDS TEXT: the apply fails within that time and says that.
refuses() {
  local status=0
  timeout "$1" conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || status=$?
  expect "exit code of: $(cat /root/apply.log)" 1 "$status"
  grep -q -- "$2" /root/apply.log || fail "it does not say \"$2\": $(cat /root/apply.log)"
}

works() {
  timeout 60 conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
  conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail "$(cat /root/plan.log)"
}

mkdir -p /etc/systemd/system/container@slow.service.d
printf '[Service]\nTimeoutStopSec=2s\n' > /etc/systemd/system/container@slow.service.d/stop.conf

# A container that never becomes ready is given up when its unit says so, and not again
# and again.
hangs=$(made hangs "exec \$bb sleep 600")
configure slow "path = \"$hangs\"; timeoutStartSec = \"2s\";" web "path = \"$good\";"
refuses 20 'container@slow.service could not be started'
systemctl is-active --quiet container@web.service
sleep 3
refused systemctl is-active container@slow.service
case $(show container@slow.service ActiveState) in inactive | failed) ;; *) fail 'it is tried again' ;; esac

# A guest that takes no notice of being stopped is killed after the time that its unit
# gives it; that is told.
deaf=$(made deaf "trap '' 37 TERM; exec $(readlink -f /etc/e2e/notify)/bin/notify \$bb sleep 600")
configure slow "path = \"$deaf\";" web "path = \"$good\";"
works
configure web "path = \"$good\";"
refuses 20 'container@slow.service is stopped, but not of its own will'
refused systemctl is-active container@slow.service
expect 'machines' web "$(machinectl list --no-legend | cut -d' ' -f1)"
works

# A full disk, where conex keeps its state and where the roots are. What runs stays.
before=$(started web)
fill() { # DIRECTORY: is full, with what it has
  cp -a "$1" /root/kept
  mount -t tmpfs -o size=1m full "$1"
  cp -a /root/kept/. "$1"
  ! cat /dev/zero > "$1/ballast" 2> /dev/null || fail 'it is not full'
}
configure web "path = \"$good\";" more "path = \"$good\"; tmpfs = [ \"/scratch\" ];"
fill /var/lib/conex
refuses 20 'No space left on device'
rm /var/lib/conex/ballast
works
cp -a /var/lib/conex/. /root/kept
umount /var/lib/conex
cp -a /root/kept/. /var/lib/conex

configure web "path = \"$good\";" more "path = \"$good\";"
works
mount -t tmpfs -o size=4k,nr_inodes=2 full /var/lib/nixos-containers
configure web "path = \"$good\";" more "path = \"$good\";" third "path = \"$good\";"
refuses 20 'No space left on device'
umount /var/lib/nixos-containers
works
expect 'PID 1 of web' "$before" "$(started web)"

# Without a Nix what is there is used, and what is not is told.
nix=$(dirname "$(readlink -f "$(command -v nix-store)")")
mkdir -p /root/nix
for program in /usr/bin/nix*; do mv "$program" /root/nix/; done
configure web "path = \"/nix/store/00000000000000000000000000000000-nothing\";"
refuses 20 '00000000000000000000000000000000-nothing'
expect 'PID 1 of web' "$before" "$(started web)"
for program in /root/nix/*; do mv "$program" "$nix/"; done
configure web "path = \"$good\";"
works

# D-Bus dies while a container starts.
starting() { [ "$(show container@slow.service ActiveState)" = activating ]; }
configure web "path = \"$good\";" slow "path = \"$hangs\"; timeoutStartSec = \"10s\";"
timeout 60 conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 &
conex=$!
within 20 starting
systemctl kill --signal=KILL dbus.service
status=0
wait "$conex" || status=$?
expect 'exit code' 1 "$status"
grep -q 'D-Bus' /root/apply.log || fail "$(cat /root/apply.log)"
within 20 busctl status org.freedesktop.systemd1
configure web "path = \"$good\";" slow "path = \"$good\";"
works
expect 'PID 1 of web' "$before" "$(started web)"
