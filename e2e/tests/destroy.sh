#!/usr/bin/env bash
# A container goes: what conex made of it, and with --purge its data; nothing else.
. /e2e/lib.sh

configuration=/root/configuration.nix
web=$(system web busybox 1)
cat > "$configuration" << END
{
  containers.web = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
    path = "$web";
  };
  containers.other = { autoStart = true; path = "$web"; };
}
END
apply() { conex apply "$configuration" --auto-approve > /root/log 2>&1 || fail "$(cat /root/log)"; }
destroy() {
  conex destroy "$@" --auto-approve > /root/log 2>&1 || fail "$(cat /root/log)"
  test ! -e /var/lib/conex/journal.jsonl
}
profile=/nix/var/nix/profiles/per-container/web
gone() {
  refused systemctl is-active container@web.service
  refused systemctl cat container@web.service
  refused ip link show ve-web
  test ! -e /etc/nixos-containers/web.conf
  test ! -L /etc/systemd/system/machines.target.wants/container@web.service
}
apply
other=$(started other)

# Without --purge its data stays, and is told.
destroy web
gone
grep -q 'conex destroy web --purge' /root/log
test -s "$(root_of web)/var/log/boots"
test -L "$profile/system"
apply
expect 'boots of web' 2 "$(wc -l < "$(root_of web)/var/log/boots")"

# What a guest may leave: links that lead outside, directories without end, files that
# can not be removed, names of any bytes.
mkdir -p /srv/precious
echo kept > /srv/precious/file
guest web 'ln -s /srv/precious /link; ln -s ../../../../srv/precious /var/up
  mkdir /deep; cd /deep; for i in $(seq 300); do mkdir d; cd d; done; echo end > end
  touch "$(printf "/not\377utf-8")"; mkfifo /pipe'
root=$(root_of web)
mkdir -p "$root/var/empty"
echo immutable > "$root/var/empty/file"
immutable=no
if chattr +i "$root/var/empty/file" "$root/var/empty" 2> /dev/null; then
  immutable=yes
  refused rm -r "$root/var/empty"
fi
echo "immutable files: $immutable"

# What is mounted below it is not its own: nothing is removed.
mkdir -p "$root/mnt"
systemctl stop container@web.service
mount --bind /srv/precious "$root/mnt"
! conex destroy web --purge --auto-approve > /root/log 2>&1 || fail 'removed what is mounted'
grep -q "$root/mnt is mounted there" /root/log || fail "$(cat /root/log)"
expect 'what is mounted' kept "$(cat /srv/precious/file)"
test -d "$root/deep"
umount "$root/mnt"

apply
destroy web --purge
gone
test ! -e "$root"
test ! -e "$profile"
test ! -e /nix/var/nix/gcroots/per-container/web
expect 'what a link leads to' kept "$(cat /srv/precious/file)"
expect 'PID 1 of other' "$other" "$(started other)"
refused conex destroy web --auto-approve

# A configuration that declares it brings it back, empty.
apply
expect 'boots of web' 1 "$(wc -l < "$root/var/log/boots")"

# Killed at each step, the next one ends it.
for number in $(seq 0 3 60); do
  apply
  status=0
  CONEX_CRASH_AFTER=$number conex destroy web --purge --auto-approve > /root/log 2>&1 || status=$?
  [ "$status" != 0 ] || break
  conex destroy web --purge --auto-approve > /root/log 2>&1 || grep -q 'conex made no container web' /root/log || fail "$(cat /root/log)"
  gone
  test ! -e "$root"
  test ! -e "$profile"
done
[ "$number" -gt 8 ] || fail "it has only $number steps"
expect 'PID 1 of other' "$other" "$(started other)"
