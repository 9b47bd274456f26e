#!/usr/bin/env bash
# A guest owns its root and may leave links to the host's files in it, at every path that a
# start mounts over or writes. Nothing outside of the root may change.
. /e2e/lib.sh

built=$(system evil)
rehearse << END
{
  containers.evil = {
    path = "$built";
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
    bindMounts."/data".hostPath = "/srv";
    tmpfs = [ "/scratch" ];
  };
}
END
cp -a "$(root_of evil)" /root/clean

victim() { find /victim -printf '%p %y %u %m %s %T@\n'; }

# harmless PATH [TARGET]: with a link at PATH of the root, a start and a stop change nothing
# outside. That the container does not start is fine.
harmless() {
  local root before
  root=$(root_of evil)
  rm -rf /victim "$root"
  mkdir /victim
  echo keep > /victim/file
  cp -a /root/clean "$root"
  rm -rf "${root:?}/$1"
  mkdir -p "$(dirname "$root/$1")"
  ln -s "${2:-/victim}" "$root/$1"
  before=$(victim)
  systemctl reset-failed container@evil.service 2> /dev/null || true
  systemctl start container@evil.service 2> /dev/null || true
  systemctl stop container@evil.service
  [ "$(victim)" = "$before" ] || { echo "changed through $1: $(victim)" >&2; return 1; }
}

for path in etc usr nix nix/store nix/var nix/var/nix/profiles proc sys tmp data scratch root; do
  harmless "$path" || fail "$path"
done
for path in etc/os-release etc/resolv.conf etc/machine-id etc/localtime etc/hostname; do
  harmless "$path" /victim/file || fail "$path"
done

# systemd-nspawn itself follows these (252): the unit looks before it starts.
for path in dev run var var/log var/log/journal; do
  harmless "$path" || fail "$path"
done
