# guard ROOT: systemd-nspawn (252) follows links at these places of a root, which
# the guest can make: it would write outside.
for path in dev run var var/log var/log/journal; do
  if [ -L "$1/$path" ]; then echo "$1/$path is a symbolic link; the container is not started" >&2; exit 1; fi
done
