# The end of `start` for a container with a network of its own. The host's side is set
# up as soon as systemd-nspawn has made the interfaces, by a helper that lives as long
# as that takes; the guest's side inside, before `init` runs and after the helper said
# that it is done.

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
host_side() {
  tries=0
  for interface in $HOST_INTERFACES; do
    until [ -e "/sys/class/net/$interface" ]; do
      kill -0 $$ 2> /dev/null || exit 0
      tries=$((tries + 1))
      if [ $tries = 500 ]; then echo "systemd-nspawn makes no interface $interface" >&2; exit 1; fi
      sleep 0.02
    done
  done
  eval "$HOST_SETUP"
}
# The child of systemd-nspawn, once it has made the interfaces.
guest_side() {
  read -r leader rest < /proc/$$/task/$$/children || :
  echo "there is no shell and no ip that $INSTANCE sees: its network is set up from outside, while it boots" >&2
  nsenter --target "$leader" --net sh -eu -c "$GUEST_SETUP" ip
}
# In a background job that outlives the substitution, which waits until `exec` closes
# its output. systemd-nspawn can hand no controllers on while a process is in the unit's
# own control group: the helper goes where systemd-nspawn itself will be.
helper() {
  : "$({
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    if [ -e "$group/cgroup.procs" ]; then mkdir -p "$group/supervisor" && echo 0 > "$group/supervisor/cgroup.procs" || :; fi
    exec >&2
    "$@"
  } &)"
}
outside() { (host_side && guest_side) || kill $$; }
if [ -z "$sh" ] || [ -z "$ip" ]; then
  helper outside
  exec systemd-nspawn "$@" "$system/init"
fi
# A pipe, which ends when the helper does. The guest gets it after the sockets that the
# unit may have been started with.
pipe=$(mktemp -d /run/container.XXXXXX)
mkfifo "$pipe/pipe"
end=$((3 + ${LISTEN_FDS:-0}))
exec 9<> "$pipe/pipe" 8> "$pipe/pipe"
eval "exec $end< $pipe/pipe 9>&-"
rm -r "$pipe"
inside() { host_side && echo ready >&8; }
helper inside
exec 8>&-
export LISTEN_FDS=$((end - 2)) LISTEN_PID=$$
exec systemd-nspawn "$@" "$sh" -eu -c "$GUEST_WAIT
$GUEST_SETUP
exec \"\$1\"" "$ip" "$system/init"
