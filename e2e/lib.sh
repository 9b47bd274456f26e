# shellcheck shell=bash
# What the tests share. A test is a script that runs inside a fresh host as root:
#
#   . /e2e/lib.sh
#
# It fails with the first command that fails, whose place is told.
set -Eeuo pipefail
trap 'echo "failed: ${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND" >&2' ERR

# What a test that failed leaves to read.
trap '[ $? = 0 ] || journalctl --no-pager --lines=40 >&2' EXIT

fail() {
  echo "failed: $*" >&2
  exit 1
}

# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""
}

# within SECONDS CMD…: runs it until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "not in time: $*"
    sleep 0.05
  done
}

# refused CMD…: it must not succeed.
refused() {
  ! "$@" > /dev/null 2>&1 || fail "not refused: $*"
}

# system NAME [KIND [VERSION]]: builds the system of a guest, prints its store path.
system() {
  nix-build --quiet --no-out-link /e2e/guest/system.nix \
    --argstr name "$1" --argstr kind "${2:-busybox}" --argstr version "${3:-1}" 2> /dev/null
}

# rehearse: applies the configuration on standard input to a rehearsal host and puts what
# it wrote into this one. Starts nothing.
rehearse() {
  cat > /root/configuration.nix
  conex apply /root/configuration.nix --root /root/rehearsal --auto-approve > /root/apply.log 2>&1 \
    || fail "conex apply: $(cat /root/apply.log)"
  cp -a /root/rehearsal/. /
  systemctl daemon-reload
}

# start NAME…: starts the containers; the units' logs are told when one fails.
start() {
  local name
  for name; do
    systemctl start "container@$name.service" || {
      journalctl --no-pager --output=cat --unit="container@$name.service" | tail -n 30 >&2
      fail "container@$name.service does not start"
    }
  done
}

root_of() { echo "/var/lib/nixos-containers/$1"; }

leader() { machinectl show --property=Leader --value "$1"; }

# When the guest's PID 1 started; it stays the same as long as the guest does.
started() { cut -d' ' -f22 "/proc/$(leader "$1")/stat"; }

# tell NAME CMD: has a busybox guest run a shell command and does not wait.
tell() {
  local root
  root=$(root_of "$1")
  rm -f "$root/var/task.status"
  printf '%s\n' "$2" > "$root/var/task.new"
  mv "$root/var/task.new" "$root/var/task"
}

# guest NAME CMD: the same, waits, prints what it prints and ends as it does. The guest
# itself runs it, so it has no more rights than the guest has.
guest() {
  local root
  root=$(root_of "$1")
  tell "$1" "$2"
  within 10 test -s "$root/var/task.status"
  cat "$root/var/task.out"
  return "$(cat "$root/var/task.status")"
}

# guest_refused NAME CMD: the guest must not be able to.
guest_refused() {
  ! guest "$1" "$2" > /dev/null || fail "the guest could: $2"
}

# known_wrong WHAT CMD…: what does not work yet. Fails as soon as it does, so that the
# test is then turned into one that expects it.
known_wrong() {
  local what=$1
  shift
  ! ("$@") > /dev/null 2>&1 || fail "works now, so expect it: $what"
  echo "known to be wrong: $what"
}

# show UNIT PROPERTY
show() { systemctl show --property="$2" --value "$1"; }

pings() { ping -q -c 1 -W 1 "$1"; }
