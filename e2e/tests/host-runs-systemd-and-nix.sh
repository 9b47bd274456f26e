#!/usr/bin/env bash
# The host itself: everything that the other tests stand on.
. /e2e/lib.sh

expect 'state of the host' running "$(systemctl is-system-running)"
expect 'PID 1' systemd "$(cat /proc/1/comm)"
expect 'file system of the cgroups' cgroup2fs "$(stat --file-system --format=%T /sys/fs/cgroup)"
busctl status org.freedesktop.systemd1 > /dev/null
machinectl list > /dev/null
systemctl is-active --quiet machines.target
conex --version

# A system builds without a network, is a valid path, and survives a collection with a root.
built=$(system probe)
[ -x "$built/init" ] && [ -x "$built/bin/switch-to-configuration" ]
nix-store --check-validity "$built"
nix-env --quiet --profile /nix/var/nix/profiles/probe --set "$built"
nix-store --gc > /dev/null 2>&1
[ -x /nix/var/nix/profiles/probe/init ]
