#!/usr/bin/env bash
# What a guest is refused, tried by its own root, for each value of `privateUsers`
# (docs/isolation.md). Kernel settings are only opened for writing and never written: they
# are this machine's, too.
. /e2e/lib.sh

built=$(system jail)
full=$(system full systemd)
rehearse << END
{
  containers = builtins.mapAttrs (name: options: { path = "$built"; } // options) {
    open = { };
    identity = { privateUsers = "identity"; privateNetwork = true; };
    jail = {
      privateUsers = "pick";
      privateNetwork = true;
      hostAddress = "10.77.0.1";
      localAddress = "10.77.0.2";
    };
    fixed.privateUsers = 655360;
    # A real systemd lives in each of them.
    full-identity = { path = "$full"; privateUsers = "identity"; bindMounts."/usr" = { }; };
    full-jail = { path = "$full"; privateUsers = "pick"; bindMounts."/usr" = { }; };
  };
}
END
start open identity jail fixed full-identity full-jail
for name in full-identity full-jail; do
  expect "state of $name" running "$(systemctl --machine=$name is-system-running --wait)"
done

first=$(guest jail "sed 's/^ *//' /proc/self/uid_map" | tr -s ' ' | cut -d' ' -f2)
[ "$first" -gt 65535 ] || fail "root inside is $first outside"
within 5 pings 10.77.0.2
# The store is readable, and its owner is root.
for name in open identity jail fixed; do
  expect "owner of the store in $name" 0 "$(guest "$name" 'stat -c %u /nix/store')"
  guest "$name" "head -c 2 $built/init" > /dev/null
  guest "$name" 'touch /of-my-own /nix/var/nix/profiles/of-my-own /nix/var/nix/gcroots/of-my-own'
done
test -L "$(root_of fixed)/usr/bin/sh" || fail 'the guest can not write to its root'
test -e /nix/var/nix/profiles/per-container/jail/of-my-own
# A setting of the kernel in /sys that its root could write.
setting=$(cd /sys && find kernel -maxdepth 3 -type f -perm -200 | sort | sed -n 1p)
store=$(find /nix/store -maxdepth 1 | sort | sha256sum)

# What it finds mounted is closed, whatever its users are.
for name in open identity jail fixed; do
  for attempt in \
    'touch /nix/store/x' \
    "echo >> $built/init" \
    "rm -f $built/init" \
    'touch /nix/var/nix/db/x' \
    'ls /nix/var/nix/profiles/per-container' \
    ': >> /proc/sys/kernel/core_pattern' \
    ': >> /proc/sys/kernel/modprobe' \
    ": >> /sys/$setting" \
    'mkdir /sys/kernel/x' \
    'ls /sys/fs/cgroup/system.slice' \
    'mkdir -p /c; mount -t cgroup2 none /c && ls /c/system.slice' \
    'ls -d /var/lib/nixos-containers/open' \
    'ls -d /proc/1/root/var/lib/nixos-containers' \
    'head -c 1 /dev/mem' \
    'mknod /disk b 254 0 && head -c 1 /disk' \
    'mknod /mem c 1 1 && head -c 1 /mem'; do
    guest_refused "$name" "$attempt"
  done
done

# What is read-only can not be made writable, and nothing of the host be mounted anew.
for name in identity jail fixed; do
  for attempt in \
    'mount -o remount,rw,bind /nix/store' \
    'umount /nix/store' \
    'mount -o remount,rw /sys' \
    "mkdir -p /s; mount -t sysfs sysfs /s && : >> /s/$setting" \
    'mkdir -p /d; mount -t devtmpfs devtmpfs /d'; do
    guest_refused "$name" "$attempt"
  done
done
for name in jail fixed; do
  for attempt in \
    'mount -o remount,rw /proc/sys; : >> /proc/sys/kernel/core_pattern' \
    'mkdir -p /m; mount -t proc proc /m && : >> /m/sys/kernel/core_pattern'; do
    guest_refused "$name" "$attempt"
  done
done

# What is not kept from them, as docs/isolation.md says. Without a user namespace
# CAP_SYS_ADMIN is the real one; and who may write a setting the kernel decides by the user
# alone, who is root where the users are the host's.
known_wrong 'a guest without private users can not open the store' \
  guest_refused open 'mount -o remount,rw,bind /nix/store'
for name in open identity; do
  known_wrong "a guest whose users are the host's can not open the settings of the kernel" \
    guest_refused "$name" 'mkdir -p /m; mount -t proc proc /m && : >> /m/sys/kernel/core_pattern'
done
expect 'the store' "$store" "$(find /nix/store -maxdepth 1 | sort | sha256sum)"
