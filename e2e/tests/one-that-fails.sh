#!/usr/bin/env bash
# A container that does not start: it is told with the unit's own words, others go on, and
# once its cause is mended the next apply does what is left.
. /e2e/lib.sh

configuration=/root/configuration.nix
good=$(system web busybox 1)
mkdir -p /root/broken
printf '#!/nonexistent\n' > /root/broken/init
chmod +x /root/broken/init
broken=$(nix-store --add /root/broken)

configure() {
  cat > "$configuration" << END
{
  containers.bad = { autoStart = true; path = "$1"; timeoutStartSec = "20s"; };
  containers.good = { autoStart = true; path = "$good"; };
}
END
}

# refuses TEXT: the apply must fail and say that.
refuses() {
  ! conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "not refused: $1"
  grep -q -- "$1" /root/apply.log || fail "it does not say \"$1\": $(cat /root/apply.log)"
}

configure "$broken"
status=0
conex apply "$configuration" --auto-approve --parallelism 4 > /root/apply.log 2>&1 || status=$?
expect 'exit code' 1 "$status"
grep -q 'containers\.bad\.service: failed' /root/apply.log || fail "$(cat /root/apply.log)"
grep -q 'container@bad\.service could not be started' /root/apply.log || fail "$(cat /root/apply.log)"
systemctl is-active --quiet container@good.service
# It is not tried over and over again by systemd.
case $(show container@bad.service ActiveState) in
  failed | inactive) ;;
  *) fail "$(systemctl status container@bad.service)" ;;
esac

running=$(started good)
configure "$good"
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
systemctl is-active --quiet container@bad.service
expect 'PID 1 of good' "$running" "$(started good)"
conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail "$(cat /root/plan.log)"

# A system that is not in the store: nothing of the container is changed.
configure /nix/store/00000000000000000000000000000000-nothing
refuses '00000000000000000000000000000000-nothing'
systemctl is-active --quiet container@bad.service
expect 'PID 1 of good' "$running" "$(started good)"

# Without a bus nothing is changed, and it is said why.
configure "$broken"
mv /run/dbus/system_bus_socket /run/dbus/away
refuses "D-Bus can not be reached"
mv /run/dbus/away /run/dbus/system_bus_socket
grep -q "SYSTEM_PATH=$good" /etc/nixos-containers/bad.conf

# Neither on a file system that can not be written; mended, it goes on.
configure "$good"
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
mount --bind /etc/nixos-containers /etc/nixos-containers
mount -o remount,ro,bind /etc/nixos-containers
sed -i 's/timeoutStartSec = "20s";/privateNetwork = true;/' "$configuration"
refuses 'Read-only file system'
umount /etc/nixos-containers
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail "$(cat /root/plan.log)"
