#!/usr/bin/env bash
# What a guest with users of its own is refused, tried by its own root. Kernel settings are
# only opened for writing and never written: they are this machine's, too.
. /e2e/lib.sh

built=$(system jail)
rehearse << END
{
  containers.jail = {
    path = "$built";
    privateUsers = "pick";
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
  };
  containers.open.path = "$built";
  containers.fixed = { path = "$built"; privateUsers = 655360; };
}
END
start jail open fixed

first=$(guest jail "sed 's/^ *//' /proc/self/uid_map" | tr -s ' ' | cut -d' ' -f2)
[ "$first" -gt 65535 ] || fail "root inside is $first outside"
within 5 pings 10.77.0.2
# The store is readable, and its owner is root.
expect 'owner of the store inside' 0 "$(guest jail 'stat -c %u /nix/store')"
guest jail 'touch /of-my-own'

for attempt in \
  'touch /nix/store/x' \
  'mount -o remount,rw,bind /nix/store' \
  'umount /nix/store' \
  ': >> /proc/sys/kernel/core_pattern' \
  'mount -o remount,rw /proc/sys; : >> /proc/sys/kernel/core_pattern' \
  'mkdir /m; mount -t proc proc /m && : >> /m/sys/kernel/core_pattern' \
  'mkdir /c; mount -t cgroup2 none /c && ls /c/system.slice' \
  'mknod /disk b 254 0 && head -c 1 /disk'; do
  guest_refused jail "$attempt"
done

# Without users of its own a guest is root, and only what it finds mounted is closed to it.
for attempt in 'touch /nix/store/x' ': >> /proc/sys/kernel/core_pattern' \
  'mkdir -p /c; mount -t cgroup2 none /c && ls /c/system.slice'; do
  guest_refused open "$attempt"
done
# FIXME: it mounts them anew. Without a user namespace CAP_SYS_ADMIN is the real one.
known_wrong 'a guest without private users can not open the store' \
  guest_refused open 'mount -o remount,rw,bind /nix/store'
known_wrong 'a guest without private users can not open the settings of the kernel' \
  guest_refused open 'mkdir -p /m; mount -t proc proc /m && : >> /m/sys/kernel/core_pattern'

test -L "$(root_of fixed)/usr/bin/sh" || fail 'the guest can not write to its root'
