# start ARGUMENT...: becomes systemd-nspawn with these arguments and the system's
# `init`. A system may be named by a profile, which the guest sees elsewhere: it is
# resolved here.
system=$(readlink -f "$SYSTEM_PATH")
for dir in db daemon-socket; do
  if [ -e "/nix/var/nix/$dir" ]; then set -- "$@" "--bind-ro=/nix/var/nix/$dir:/nix/var/nix/$dir$IDMAP"; fi
done
