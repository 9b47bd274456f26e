# The end of `start` for a container with a network of its own. systemd-nspawn makes the
# interfaces; the host's side is then set up by a helper, which lives as long as that
# takes, and the guest's side inside, before `init` runs.

# The first of some commands that the guest sees too: one in a directory of the store.
seen() {
  for command; do
    path=$(command -v "$command") || continue
    path=$(readlink -f "${path%/*}")/${path##*/}
    case $path in /nix/store/*) echo "$path"; break ;; esac
  done
}
sh=$(seen "$system/sw/bin/bash" "$system/sw/bin/sh" bash sh)
ip=$(seen "$system/sw/bin/ip" ip)
try() { "$@" || { echo "the network of $INSTANCE is not set up, this failed: $*" >&2; exit 1; }; }
# A background job that outlives the substitution, which ends when `exec` closes its
# output. systemd-nspawn can hand no controllers on while a process is in the unit's own
# control group: the helper goes where systemd-nspawn itself will be.
helper() {
  : "$({
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    if [ -e "$group/cgroup.procs" ]; then
      mkdir -p "$group/supervisor"
      echo 0 > "$group/supervisor/cgroup.procs"
    fi
    exec >&2
    "$@"
  } &)"
}
# Without tools inside nobody there waits for the network. The container is the only
# child of systemd-nspawn.
outside() {
  for interface in $HOST_INTERFACES; do
    until [ -e "/sys/class/net/$interface" ]; do
      kill -0 $$ 2> /dev/null || exit 0
      sleep 0.1
    done
  done
  (eval "$HOST_SETUP"
  read -r leader _ < /proc/$$/task/$$/children || :
  nsenter --target "$leader" --net sh -eu -c "$GUEST_SETUP" ip) || kill -s KILL $$
}
if [ -z "$sh" ] || [ -z "$ip" ]; then
  echo "there is no shell and no ip that $INSTANCE sees: its network is set up from outside, while it boots" >&2
  helper outside
  exec systemd-nspawn "$@" "$system/init"
fi
# Two pipes: the guest says in one that the interfaces are made, the helper in the other
# that the host's side is ready; each ends when its writer does. The guest gets them
# after the sockets that the unit may have been started with. systemd makes and removes
# their directory.
pipes=/run/container@$INSTANCE
mkfifo -m 600 "$pipes/made" "$pipes/ready"
inside() {
  exec 8< "$pipes/made" 9> "$pipes/ready"
  if read -r _ <&8; then
    eval "$HOST_SETUP"
    echo ready >&9
  fi
}
helper inside
made=$((3 + ${LISTEN_FDS:-0})) ready=$((4 + ${LISTEN_FDS:-0}))
eval "exec $made> $pipes/made $ready< $pipes/ready"
rm "$pipes/made" "$pipes/ready"
export LISTEN_FDS=$((ready - 2)) LISTEN_PID=$$
exec systemd-nspawn "$@" "$sh" -eu -c "$GUEST_WAIT
$GUEST_SETUP
exec \"\$1\"" "$ip" "$system/init"
