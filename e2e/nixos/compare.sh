# shellcheck shell=bash
# Switches between systems of containers that a table has, and compares what `conex preview`
# told with what was then seen; `. /e2e/nixos/lay-out.sh` comes first.
#
# The table is a function `cases`, a line for each container: its name, what it does before the
# switch (runs, stopped, failed, or - for nothing), what it is in the old system and in the new
# one (`same` for the same), and what NixOS is known to do with it.

: "${store:?}"

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

# preview SYSTEM: its effects, a line for each container, with the unit that causes them.
preview() {
  conex preview "$store-$1" --json > /root/preview.json && fail 'nothing is told'
  # shellcheck disable=SC2016 # the dollars are Nix'
  nix --extra-experimental-features nix-command eval --offline --raw --impure --expr '
    builtins.concatStringsSep "\n" (map (c: "${c.container} ${c.effect} ${c.follows_from.unit or "-"}")
      (builtins.fromJSON (builtins.readFile /root/preview.json)).containers)'
  echo
}

# switch SYSTEM: compares for all containers what is told before it with what is seen after.
switch() {
  local name effect by seen wrong=''
  unset told before cause
  declare -gA told before cause
  preview "$1" > /root/told
  while read -r name effect by; do told[$name]=$effect cause[$name]=$by; done < /root/told
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
    # A switch does not wait for what stops with something else.
    case "$effect $seen ${cause[$name]:--}" in
      *' -') ;;
      'stop-start restart '*) seen=stop-start ;;
    esac
    if [ "$(does "$effect")" != "$seen" ]; then
      wrong+="$name: told $effect, seen: $seen"$'\n'
    elif ! agrees "${before[$name]}" "$(now "$name")" "$seen"; then
      wrong+="$name: $seen: was ${before[$name]}, is $(now "$name")"$'\n'
    fi
  done
  [ -z "$wrong" ] || fail "$wrong$(cat /root/switch.log)"
}

# bring_up: has each container do what it does before the switch.
bring_up() {
  local name state unit
  while read -r name state; do
    unit=$(unit_of "$name")
    case "$state" in
      runs) systemctl start "$unit" ;;
      stopped) systemctl stop "$unit" ;;
      failed) kill -KILL "$(leader "$name")" && within 10 systemctl is-failed "$unit" ;;
    esac
  done < <(cases | awk '{ print $1, $2 }')
}

# expect_told COLUMN: what was told of each is what the table has.
expect_told() {
  local name expected
  while read -r name expected; do
    expect "what is told of $name" "$expected" "${told[$name]:-untold}"
  done < <(cases | awk -v column="$1" '{ print $1, $column }')
}
