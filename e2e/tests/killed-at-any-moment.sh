#!/usr/bin/env bash
# conex is killed in the middle of an apply, at the boundaries of its operations and at
# moments that differ from run to run, and applied again: each time the host ends as after
# an apply that nobody disturbed. $KILLS says at how many moments (default 10), $STEP that
# it is killed at each STEP-th boundary (default 12).
. /e2e/lib.sh

configuration=/root/configuration.nix
built=$(system web busybox 1)

# configure ADDRESS EXTRA: ten containers, and one more that comes and goes.
configure() {
  {
    echo '{'
    for i in 0 1 2 3 4 5 6 7 8 9; do
      cat << END
  containers.c$i = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.77.$i.$1";
    localAddress = "10.77.$i.2";
    path = "$built";
    tmpfs = [ "/scratch-$2" ];
  };
END
    done
    [ "$2" = a ] || echo "  containers.extra = { autoStart = true; path = \"$built\"; };"
    echo '}'
  } > "$configuration"
}

apply() { conex apply "$configuration" --auto-approve --parallelism "$1" > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"; }

# What counts of the host: files with their contents, links, interfaces with their
# addresses, machines, mounts, units that failed. Not: what differs from start to start.
picture() {
  find /etc/nixos-containers /etc/systemd/system /nix/var/nix/profiles /nix/var/nix/gcroots \
    /var/lib/conex /run/systemd/nspawn -not -name 'auto*' -not -path '*/unix-export*' \
    -not -path '*/generations/*' -not -path '*/gcroots/conex/*' -printf '%p %y %m %l\n' | sort
  cat /etc/nixos-containers/*.conf /etc/systemd/system/container@*.service
  ip -o addr show | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/valid_lft.*//' | grep -v ' inet6 fe80' | sort
  machinectl list --no-legend | awk '{ print $1 }' | sort
  grep -c container /proc/self/mounts || true
  systemctl --failed --no-legend
}

configure 1 a
apply 4
# Twice: what is kept of a container that went is there the second time.
for version in a b a b; do
  configure 9 "$version"
  apply 4
  picture > "/root/picture.$version"
done

# Each generation is whole and has its roots, and there is nothing else; the newest one is
# of what was applied last. How many there are differs: one that was killed has none, or two.
generations() {
  local number newest=0 names
  for number in $(ls -A /var/lib/conex/generations); do
    names=$(ls -A "/var/lib/conex/generations/$number" | tr '\n' ' ')
    [ "$names" = 'desired.json generation.json plan.json ' ] || fail "generation $number: $names"
    [ "$number" -le "$newest" ] || newest=$number
  done
  ls -A /nix/var/nix/gcroots/conex | sed 's/-.*//' | sort -u > /root/rooted
  ls -A /var/lib/conex/generations | sort | diff /root/rooted - >&2 || fail 'other roots than generations'
  grep -q "/scratch-$1" "/var/lib/conex/generations/$newest/desired.json" || fail "generation $newest is not of $1"
}

# check VERSION WHAT
check() {
  apply 4
  generations "$1"
  conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail "$(cat /root/plan.log)"
  picture > /root/picture.now
  diff "/root/picture.$1" /root/picture.now >&2 || fail "$2: the host differs"
}

# other VERSION: the other one
other() { case $1 in a) echo b ;; *) echo a ;; esac; }

version=b
for ((kill = 0; kill < ${KILLS:-10}; kill++)); do
  version=$(other "$version")
  configure 9 "$version"
  conex apply "$configuration" --auto-approve --parallelism $((kill % 3 + 1)) > /root/killed.log 2>&1 &
  conex=$!
  sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
  kill -KILL "$conex" 2> /dev/null || true
  wait "$conex" 2> /dev/null || true
  check "$version" "kill $kill"
done

# Each boundary of the way from one version to the other, and of the way back.
for version in a b; do
  for ((boundary = 0; ; boundary += ${STEP:-12})); do
    configure 9 "$(other "$version")"
    apply 4
    configure 9 "$version"
    killed=0
    CONEX_CRASH_AFTER=$boundary conex apply "$configuration" --auto-approve > /root/killed.log 2>&1 || killed=$?
    [ "$killed" != 0 ] || break
    expect 'the end of conex' 137 "$killed"
    check "$version" "boundary $boundary to $version"
  done
  [ "$boundary" -gt 60 ] || fail "only $boundary boundaries"
  echo "to $version: killed at every ${STEP:-12}th boundary below $boundary"
done
echo "killed at $kill moments"
