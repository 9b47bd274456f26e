#!/usr/bin/env bash
# What `conex preview` says of a switch, held against what systemd is then seen to do: every
# kind of change of a container, there and back.
. /e2e/lib.sh
. /e2e/nixos/lay-out.sh

# Of each container: what it does before the switch (runs, stopped, failed), what it is in
# the old system and in the new one, and what NixOS is known to do with it.
cases() {
  cat << 'END'
same              runs     auto                      auto                          keep
description       runs     auto                      auto,Unit:Description=x       keep
install           runs     auto                      auto,Install:Alias=x.service  keep
system            runs     auto                      auto,system=2                 stop-start
conf              runs     auto                      auto,conf=X=1                 stop-start
unit              runs     auto                      auto,start=2                  stop-start
section           runs     auto                      auto,Unit:After=x.service     stop-start
exec-reload       runs     auto                      auto,reload=2                 reload
exec-reload-gone  runs     auto                      auto,reload=                  keep
reload-trigger    runs     auto                      auto,Unit:X-Reload-Triggers=x reload
no-restart        runs     auto,norestart            auto,norestart,system=2       stale
manual-system     runs     norestart                 norestart,system=2            stale
manual-unit       runs     norestart                 norestart,start=2             stale
manual-reload     runs     norestart                 norestart,reload=2            reload
removed           runs     auto                      -                             stop
removed-manual    runs     norestart                 -                             stop
removed-stopped   stopped  auto                      -                             gone
renamed-old       runs     auto                      -                             stop
renamed-new       -        -                         auto                          start
new-manual        -        -                         norestart                     new
by-hand           stopped  auto                      auto                          start
by-hand-changed   stopped  auto                      auto,system=2                 start
manual-stopped    stopped  norestart                 norestart                     keep
manual-later      stopped  norestart                 norestart,system=2            later
failed            failed   auto,Service:Restart=no   auto,Service:Restart=no                          start
on                runs     norestart                 auto                          stop-start
on-stopped        stopped  norestart                 auto                          start
off               runs     auto                      norestart                     stale
off-stopped       stopped  auto                      norestart                     later
imperative        runs     bare                      bare                          stale
imperative-off    stopped  bare                      bare                          later
imperative-drop   runs     bare,drop:Nice=1          bare,drop:Nice=2              stale
instance-drop     runs     bare,drop:X-RestartIfChanged=yes same                   stop-start
gets-own-unit     runs     bare                      norestart                     keep
gets-other-unit   runs     bare                      auto,start=2                  stale
masked            runs     auto                      masked                        stop
masked-stays      runs     auto,Unit:X-StopOnRemoval=no masked                     stale
unmasked          -        masked                    auto                          start
removed-stays     runs     auto,Unit:X-StopOnRemoval=no -                          stale
drop-in           runs     auto                      auto,drop:Nice=1              stop-start
drop-in-changed   runs     auto,drop:Nice=1          auto,drop:Nice=2              stop-start
drop-in-gone      runs     auto,drop:Nice=1          auto                          stop-start
drop-in-empty     runs     auto                      auto,drop:                    keep
drop-in-restart   runs     auto                      auto,system=2,drop:X-RestartIfChanged=no stale
no-stop           runs     auto                      auto,system=2,Service:X-StopIfChanged=false restart
reload-if-changed runs     auto                      auto,system=2,Service:X-ReloadIfChanged=true reload
only-manual-start runs     auto                      auto,system=2,Unit:X-OnlyManualStart=yes stale
refuse-stop       runs     auto                      auto,system=2,Unit:RefuseManualStop=yes stale
trigger-and-skip  runs     auto                      auto,norestart                stale
refuse-removal    runs     auto,Unit:RefuseManualStop=yes -                        stale
wanting           -        -                         auto,Unit:Wants=container@wanted.service start
wanted            stopped  norestart                 norestart                     start
wanting-restarts  runs     auto                      auto,start=2,Unit:Wants=container@wanted-by-it.service stop-start
wanted-by-it      stopped  norestart                 norestart                     start
needed            runs     auto                      auto,start=2                  stop-start
needs             runs     auto,Unit:Requires=container@needed.service same        stop-start
needs-needs       runs     auto,Unit:BindsTo=container@needs.service same          stop-start
needs-manual      runs     norestart,Unit:Requires=container@needed.service same   stop
needs-by-link     runs     norestart,needs:needed    same                          stop
needs-no-more     runs     auto,Unit:PartOf=container@needed.service auto          stop-start
part              runs     norestart,Unit:PartOf=container@needed.service same     stop
part-restarts     runs     norestart,Unit:PartOf=container@no-stop.service same    restart
END
}

names() { cases | cut -d' ' -f1; }

# lay_out_side SYSTEM COLUMN TEMPLATE…
lay_out_side() {
  local system=$1 column=$2 name words
  shift 2
  lay_out "$system"
  template "$system" norestart "$@"
  while read -r name words; do
    # shellcheck disable=SC2086 # they are words
    add "$system" "$name" ${words//,/ }
  done < <(cases | awk -v column="$column" '{ print $1, $column == "same" ? $3 : $column }')
}

unit_of() { echo "container@$1.service"; }

# What a container is: whether it runs, and then which start it is of and its process.
now() {
  local state
  state=$(systemctl show --property=ActiveState,InvocationID,MainPID "$(unit_of "$1")" | sort | xargs)
  case "$state" in ActiveState=active*) ;; *) state=${state%% *} ;; esac
  echo "${state#ActiveState=}"
}

# The system that a container booted, and the one that its conf has now.
booted() { tr '\0' '\n' < "/proc/$(show "$(unit_of "$1")" MainPID)/cmdline" | sed -n 's:/init$::p'; }
configured() { sed -n 's/^SYSTEM_PATH=//p' "/etc/nixos-containers/$1.conf" 2> /dev/null || true; }

# What was done to a container, in its order around the activation.
done_to() {
  local all
  all=$(awk -v name="$1" '$1 == "activate" || $2 == name { print $1 }' /run/events | xargs)
  case "$all" in
    activate) echo nothing ;;
    'stop activate start') echo stop-start ;;
    'activate stop start') echo restart ;;
    'stop activate') echo stop ;;
    'activate start') echo start ;;
    'activate reload') echo reload ;;
    *) echo "$all" ;;
  esac
}

# What an effect that conex tells does to a container.
does() {
  case "$1" in
    keep | later | new | gone | stale | untold) echo nothing ;;
    *) echo "$1" ;;
  esac
}

# What systemd says of a container before and after has to fit to what was done to it.
agrees() {
  local before=$1 after=$2 seen=$3
  case "$seen" in
    nothing | reload) [ "$before" = "$after" ] ;;
    stop) [ "$after" = inactive ] ;;
    *) [[ $after = active* ]] && [ "$before" != "$after" ] ;;
  esac
}

# preview SYSTEM: its effects, a line for each container.
preview() {
  conex preview "$store-$1" --json > /root/preview.json && fail 'nothing is told'
  # shellcheck disable=SC2016 # the dollars are Nix'
  nix --extra-experimental-features nix-command eval --offline --raw --impure --expr '
    builtins.concatStringsSep "\n" (map (c: "${c.container} ${c.effect}")
      (builtins.fromJSON (builtins.readFile /root/preview.json)).containers)'
  echo
}

# switch SYSTEM: compares for all containers what is told before it with what is seen after.
switch() {
  local name effect seen wrong=''
  unset told before
  declare -gA told before
  preview "$1" > /root/told
  while read -r name effect; do told[$name]=$effect; done < /root/told
  for name in $(names); do before[$name]=$(now "$name"); done
  : > /run/events
  /e2e/nixos/switch-to-configuration "$store-$1" > /root/switch.log 2>&1 || cat /root/switch.log
  for name in $(names); do
    effect=${told[$name]:-untold} seen=$(done_to "$name")
    # One that is masked has no ExecStopPost to tell that it stops.
    case "$name ${before[$name]% *} $seen" in
      masked*' active '*start) seen=stop-start ;;
      masked*' active '*nothing) [[ $(now "$name") = active* ]] || seen=stop ;;
    esac
    if [ "$(does "$effect")" != "$seen" ]; then
      wrong+="$name: told $effect, seen: $seen"$'\n'
    elif ! agrees "${before[$name]}" "$(now "$name")" "$seen"; then
      wrong+="$name: $seen: was ${before[$name]}, is $(now "$name")"$'\n'
    fi
  done
  [ -z "$wrong" ] || fail "$wrong$(cat /root/switch.log)"
}

lay_out_basics
lay_out_side old 3 start=1
lay_out_side new 4 start=2
becomes_nixos old

while read -r name state; do
  unit=$(unit_of "$name")
  case "$state" in
    runs) systemctl start "$unit" ;;
    stopped) systemctl stop "$unit" ;;
    failed) kill -KILL "$(leader "$name")" ;;
    *) continue ;;
  esac
done < <(cases | awk '{ print $1, $2 }')
within 10 systemctl is-failed "$(unit_of failed)"

# There: what is told is what NixOS is known to do, and what is then seen. What went on
# untouched with another system than its conf has is told to be left behind.
switch new
while read -r name expected; do
  expect "what is told of $name" "$expected" "${told[$name]:-untold}"
done < <(cases | awk '{ print $1, $5 }')
for name in $(names); do
  [[ ${before[$name]} = active* ]] || continue
  [ "${before[$name]}" = "$(now "$name")" ] || continue
  configured=$(configured "$name")
  case "$configured" in '' | "$(booted "$name")") continue ;; esac
  case "${told[$name]}" in stale | reload) ;; *) fail "$name runs $(booted "$name")" ;; esac
done
expect 'activations inside' "2 test" \
  "$(cut -d' ' -f1,2 "$(root_of reload-if-changed)/var/log/activations")"

# The same once more, and back: each change the other way round.
switch new
expect 'one that is masked and runs' stop "${told[masked-stays]}"
switch old

# To a system without containers, which has no template for those of others either.
lay_out none
switch none
