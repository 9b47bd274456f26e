# clear INTERFACE...: takes away what a systemd-nspawn that was killed has left.
# While the unit restarts by itself the machine is still registered, and
# `machinectl terminate` would wait for this very unit.
busctl --quiet --timeout=5 call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s "$INSTANCE" 2> /dev/null || :
# systemd-nspawn (257) refuses to start while this is there.
export=/run/systemd/nspawn/unix-export/$INSTANCE
while umount -l "$export" 2> /dev/null; do :; done
if [ -d "$export" ]; then rmdir "$export" || :; fi
for interface; do ip link del dev "$interface" 2> /dev/null || :; done
mkdir -p "/nix/var/nix/profiles/per-container/$INSTANCE" "/nix/var/nix/gcroots/per-container/$INSTANCE"
