#!/usr/bin/env bash
# What is done with single containers from day to day: looked at, restarted, reloaded,
# entered, read the logs of. One has a systemd inside, one has not.
. /e2e/lib.sh

configuration=/root/configuration.nix
web=$(system web busybox 1)
full=$(system full systemd 1)
cat > "$configuration" << END
{
  containers.web = { autoStart = true; path = "$web"; };
  containers.idle.path = "$web";
  containers.full = { autoStart = true; path = "$full"; bindMounts."/usr" = { }; };
}
END
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
expect 'state of the guest' running "$(systemctl --machine=full is-system-running --wait)"
nothing_pending() { conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "something is pending: $(cat /root/plan.log)"; }

# Since when, by systemd's own account.
since=$(date --utc --date "$(show container@web.service ActiveEnterTimestamp)" +%Y-%m-%dT%H:%M:%SZ)
conex status web | grep -q "^web  running   since $since (.*); $web; starts with the host" || fail "$(conex status web)"
conex status idle --json | grep -q '"since": null' || fail "$(conex status idle --json)"
refused grep -r ActiveEnter /var/lib/conex

# Watched without a terminal, it is printed again when something has changed.
conex status idle --watch > /root/watched 2>&1 &
watching=$!
within 5 grep -q '^idle  stopped' /root/watched
conex start idle 2> /root/log
within 5 grep -q '^idle  running' /root/watched
sleep 2.5
expect 'lines' 2 "$(wc -l < /root/watched)"
kill -INT "$watching"
wait "$watching"

# One that fails does not keep the others from it.
status=0
conex restart nobody web idle 2> /root/log || status=$?
expect 'exit code' 1 "$status"
expect 'boots of web' 2 "$(wc -l < "$(root_of web)/var/log/boots")"
expect 'boots of idle' 2 "$(wc -l < "$(root_of idle)/var/log/boots")"
grep -q 'containers.nobody: failed: there is no container nobody made by conex' /root/log
grep -q '1 of 3 containers could not be restarted' /root/log
conex stop idle 2> /root/log
refused systemctl is-active container@idle.service
nothing_pending

# A reload activates the system inside; the guest goes on.
before=$(started full)
conex reload full 2> /root/log || fail "$(cat /root/log)"
expect 'PID 1 of full' "$before" "$(started full)"
expect 'the activation' "1 test $full" "$(cut -d' ' -f1-3 "$(root_of full)/var/log/activations" | tail -n 1)"
! conex reload idle 2> /root/log || fail 'reloaded what does not run'
grep -q 'idle does not run' /root/log
before=$(started web)
conex reload web 2> /root/log || fail "$(cat /root/log)"
expect 'PID 1 of web' "$before" "$(started web)"
expect 'the activation' "1 test $web" "$(cut -d' ' -f1-3 "$(root_of web)/var/log/activations" | tail -n 1)"
nothing_pending

# A command has its arguments as they are, the streams of conex, and its exit code.
for name in web full; do
  run() { conex run "$name" -- "$@"; }
  # shellcheck disable=SC2016 # not for this shell
  args=('a b' '$HOME' '${x}' '%n' '*' "it's" '"' '' '\' ';')
  expect "arguments in $name" "$(printf '[%s]' "${args[@]}")" "$(run printf '[%s]' "${args[@]}")"
  expect "standard input of $name" 'from here' "$(echo 'from here' | run cat)"
  expect "standard error of $name" wrong "$(run sh -c 'echo wrong >&2' 2>&1 > /dev/null)"
  status=0; run sh -c 'exit 42' || status=$?
  expect "exit code in $name" 42 "$status"
  # A systemd tells of the end by a signal only whether it is one that services end by.
  ends=''
  for signal in HUP INT PIPE TERM KILL; do
    status=0; run sh -c "kill -$signal \$\$; sleep 10" || status=$?
    ends+="$status "
  done
  case $name in web) expected='129 130 141 143 137 ' ;; full) expected='0 0 0 0 255 ' ;; esac
  expect "exit codes of signals in $name" "$expected" "$ends"
  expect "host name in $name" "$name" "$(run hostname)"
  # shellcheck disable=SC2016
  expect "home in $name" /root "$(run sh -c 'echo $HOME')"
  # A megabyte each way, byte for byte.
  head -c 1000000 /dev/urandom > /root/bytes
  run cat < /root/bytes | cmp - /root/bytes || fail "bytes through $name"
  # Without a terminal there is none inside, with one there is.
  refused run test -t 0
  expect "the terminal's size in $name" '33 44' \
    "$(script -qec "stty rows 33 cols 44; conex run $name -- stty size" /dev/null | tr -d '\r')"
  script -qec "conex run $name -- test -t 0" /dev/null > /root/log || fail "no terminal in $name: $(cat /root/log)"
  status=0; script -qec "conex run $name -- sh -c 'exit 9'" /dev/null > /root/log || status=$?
  expect "exit code with a terminal in $name" 9 "$status"
  ! run /no/such/program 2> /root/log || fail 'ran what is not there'
  ! run no-such-program 2> /root/log || fail 'ran what is not there'
  grep -q "$name has no program no-such-program" /root/log || fail "$(cat /root/log)"
  # Signals reach it.
  for signal in INT TERM; do
    conex run "$name" -- sleep 4321 &
    conex=$!
    # The program itself, not who starts it.
    within 10 sh -c "pgrep -fa 'sleep 432[1]' | grep -vE 'conex|systemd-run|setpriv|nsenter' | grep -q ."
    kill -$signal "$conex"
    status=0; wait "$conex" || status=$?
    case $name-$signal in web-INT) expected=130 ;; web-TERM) expected=143 ;; *) expected=0 ;; esac
    expect "exit code after $signal in $name" $expected "$status"
    within 5 sh -c "! pgrep -f 'sleep 432[1]'"
  done
  # Its own end is waited for. What a shell makes of a signal depends on the moment: some in a
  # hundred times it runs no trap, or ends as its child did, whoever sends the signal.
  for _ in 1 2 3; do
    conex run "$name" -- sh -c 'trap "echo interrupted; exit 5" INT; echo ready; i=0; while [ $i -lt 40 ]; do sleep 0.1; i=$((i + 1)); done' > /root/signals 2>&1 &
    conex=$!
    within 10 grep -q ready /root/signals
    kill -INT "$conex"
    status=0; wait "$conex" || status=$?
    [ "$status" != 5 ] || break
  done
  expect "exit code after Ctrl-C in $name" 5 "$status"
  grep -q interrupted /root/signals || fail "$(cat /root/signals)"
  # Ctrl-C that is typed, once the program is there.
  for _ in 1 2 3; do
    : > /root/log
    (within 20 grep -q ready /root/log; printf '\003'; sleep 1) \
      | script -qfec "conex run $name -- sh -c 'trap \"echo typed; exit 6\" INT; echo ready; i=0; while [ \$i -lt 40 ]; do sleep 0.1; i=\$((i + 1)); done'" /dev/null > /root/log || true
    ! grep -q typed /root/log || break
  done
  grep -q typed /root/log || fail "Ctrl-C does not reach $name: $(cat /root/log)"
  # A shell is one of root inside.
  expect "shell of $name" "$name 0" "$(echo 'echo $(hostname) $(id -u)' | conex shell "$name")"
done
# A signal that comes while a systemd inside has yet to start the program is not lost: some
# in a hundred come when the unit is there and its process is not.
for _ in $(seq 100); do
  conex run full -- sleep 4321 < /dev/null &
  conex=$!
  while kill -0 "$conex" && ! pgrep -P "$conex" > /dev/null; do sleep 0.002; done
  kill -TERM "$conex"
  within 5 sh -c "! kill -0 $conex"
  wait "$conex" || true
  refused pgrep -f 'sleep 432[1]'
done
# Through a systemd the terminal is one of the guest's: a shell has its jobs there, and
# Ctrl-Z is for them.
(sleep 1; printf 'tty; set -o | grep monitor; exit 3\r'; sleep 1) | script -qec 'conex shell full' /dev/null > /root/log || true
grep -q '^/dev/pts/' /root/log || fail "no terminal of the guest: $(cat /root/log)"
grep -q 'monitor *on' /root/log || fail "no jobs: $(cat /root/log)"
# The own one is put back.
script -qec 'stty -a > /root/before; conex run full -- true; stty -a > /root/after' /dev/null
cmp /root/before /root/after
# What is printed last is not lost.
script -qec 'conex run full -- seq 20000' /dev/null | tr -d '\r' > /root/log
expect 'the last line' 20000 "$(tail -n 1 /root/log)"
expect 'lines' 20000 "$(wc -l < /root/log)"

! conex run idle -- true 2> /root/log || fail 'ran in what does not run'
grep -q 'idle is not a running machine' /root/log

# The log of the unit, and the journal inside.
conex logs web -n 5 > /root/log 2>&1
grep -q 'The log of container@web.service on this host' /root/log
grep -q 'container@web' /root/log
conex run full -- logger -t inside 'logged inside'
conex logs full --guest > /root/log
grep -q 'inside.*logged inside' /root/log || fail "$(cat /root/log)"
# A login prompt, from the systemd inside.
(sleep 2) | timeout 20 script -qec 'timeout 2 conex login full' /root/prompt > /dev/null || true
grep -q login /root/prompt || fail "$(cat /root/prompt)"

expect 'failed units' '' "$(systemctl list-units --failed --no-legend 'container@*')"
expect 'units left inside' '' "$(systemctl --machine=full list-units --all --no-legend 'conex-run-*')"
nothing_pending
