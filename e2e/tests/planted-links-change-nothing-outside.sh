#!/usr/bin/env bash
# A guest owns its root and may leave links to the host's files in it, at every path that
# conex or a start mounts over or writes. Nothing outside of the root may change, whenever
# the links came there.
. /e2e/lib.sh

built=$(system evil)
root=$(root_of evil)
logs=/run/test
mkdir -p "$logs" /srv/data
configuration=$logs/configuration.nix
options="path = \"$built\"; autoStart = true; privateNetwork = true;
  hostAddress = \"10.77.0.1\"; localAddress = \"10.77.0.2\"; tmpfs = [ \"/scratch\" ];
  bindMounts.\"/data\".hostPath = \"/srv/data\"; bindMounts.\"/etc/added\".hostPath = \"/srv/data\";"

# configure [MORE]: the container; configure none: no container.
configure() {
  if [ "${1-}" = none ]; then echo '{ }'; else echo "{ containers.evil = { $options ${1-} }; }"; fi > "$configuration"
}
apply() { timeout 60 conex apply "$configuration" --auto-approve > "$logs/apply.log" 2>&1; }

# What a start could reach through a link, with all that tells of a change. Not: what
# conex writes for itself, what a start may make below the names of the container.
picture() {
  find /victim /etc /root /usr/bin /usr/sbin /usr/lib/systemd /nix/var /var/lib /srv \
    \( -path /var/lib/conex -o -path /etc/nixos-containers \
    -o -path '/etc/systemd/system*' -o -path '*/per-container' -o -path '*/gcroots/*' \
    -o -path "${root%/*}" -o -name '.#evil.lck' \) -prune \
    -o -printf '%p %y %U:%G %m %s %T@ %l\n' | sort
  ls --ignore='container@evil' /victim/.. /run /dev /tmp
}

# plant PATH TARGET: a link instead of what is there.
plant() {
  local parent=$root/${1%/*}
  [ "${1%/*}" != "$1" ] || parent=$root
  [ -L "$parent" ] || mkdir -p "$parent"
  umount --lazy "$root/$1" 2> /dev/null || true
  rm -rf "${root:?}/$1"
  ln -s "$2" "$root/$1"
}

# That the container does not start is fine.
ended() {
  systemctl stop container@evil.service
  systemctl reset-failed container@evil.service 2> /dev/null || true
}

# changes_nothing WHAT CMD…
changes_nothing() {
  local what=$1
  shift
  picture > "$logs/before"
  "$@" > "$logs/log" 2>&1 || true
  ended
  picture > "$logs/after"
  diff "$logs/before" "$logs/after" >&2 || fail "changed through $what"
}

directories=(etc usr usr/bin usr/lib nix nix/store nix/var nix/var/nix nix/var/nix/profiles
  nix/var/nix/gcroots nix/var/nix/db nix/var/nix/daemon-socket proc sys tmp data scratch root
  sbin bin lib var var/lib var/lib/private var/log var/log/journal dev run etc/added opt home mnt)
files=(etc/os-release etc/resolv.conf etc/machine-id etc/localtime etc/hostname usr/lib/os-release
  etc/passwd etc/group init sbin/init)
up=../../../../../../../..

# A start that is stopped at once meets an init that does not listen yet.
mkdir -p /etc/systemd/system/container@evil.service.d
printf '[Service]\nTimeoutStopSec=200ms\n' > /etc/systemd/system/container@evil.service.d/stop.conf

# Twice: what an apply makes outside of the root is there the second time.
mkdir /victim
echo keep > /victim/file
for _ in 1 2; do
  configure
  apply || fail "$(cat "$logs/apply.log")"
  configure none
  apply || fail "$(cat "$logs/apply.log")"
done
cp -a "$root" /srv/clean
clean() {
  rm -rf "$root"
  cp -a /srv/clean "$root"
}

# Before the container is made: where conex itself writes, and on the way there.
for path in etc usr usr/bin var var/lib var/lib/private root nix nix/var \
  etc/os-release etc/machine-id; do
  clean
  target=/victim
  case " ${files[*]} " in *" $path "*) target=/victim/file ;; esac
  plant "$path" "$target"
  configure
  changes_nothing "$path before the container is made" apply
  configure none
  apply || fail "$(cat "$logs/apply.log")"
done

# Between a stop and a start: links up and out of the root, and for what every root has
# to what the host has at that very place.
clean
configure
apply || fail "$(cat "$logs/apply.log")"
ended
for path in "${directories[@]}" "${files[@]}"; do
  for target in "$up/victim" "/$path"; do
    case " ${files[*]} $target" in *" $path "*victim) target+=/file ;; esac
    case $target in /*/*) continue ;; esac
    clean
    plant "$path" "$target"
    changes_nothing "$path -> $target" systemctl start container@evil.service
  done
done

# While it runs, for the next start: by a restart, by a reboot inside, and for a mount
# that is added to the running container.
restart() { systemctl restart container@evil.service; }
reboot() {
  kill -s KILL "$(show container@evil.service MainPID)"
  sleep 0.7
}
added() {
  configure 'bindMounts."/opt/new/deep".hostPath = "/srv/data";'
  apply
}
for case in restart:etc restart:nix restart:run restart:var/log restart:root restart:etc/os-release \
  reboot:etc reboot:dev reboot:sys added:opt added:etc added:tmp added:run; do
  path=${case#*:}
  clean
  configure
  apply || fail "$(cat "$logs/apply.log")"
  within 5 systemctl is-active --quiet container@evil.service
  plant "$path" /victim 2> "$logs/log" || true
  changes_nothing "$path at a ${case%:*}" "${case%:*}"
done
echo "${#directories[@]} directories and ${#files[@]} files"
