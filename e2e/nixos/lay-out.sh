# shellcheck shell=bash
# Systems of hosts, laid out as NixOS lays them out, with containers as its module for them
# makes them: units and confs are links into the store, and so is the directory of each.
# For tests; `. /e2e/lib.sh` comes first.
#
# A container of a system is said in words:
#
#   auto         autoStart
#   norestart    restartIfChanged = false
#   system=N     the version of its system
#   start=N      the version of the script that starts it, as with another systemd
#   reload=N     that of ExecReload; `reload=` is none
#   conf=X       something else in its conf
#   Unit:X Service:X Install:X   a line of that section of its unit
#   drop:X       a line of a drop-in for its [Service]; `drop:` alone an empty drop-in
#   needs:NAME   another container that it requires, by a link
#   requires:UNIT  any unit that it requires, by a link
#   masked       its unit is a link to /dev/null
#   bare         it has a conf (a file that no system made) and no unit of its own
#   -            it is not there

store=/nix/store/00000000000000000000000000000000
debian=/nix/store/00000000000000000000000000000000-debian-units

# script NAME, from standard input: a script in the store.
script() {
  cat > "$store-$1"
  chmod +x "$store-$1"
}

# guest_system VERSION: the system of a container. There are many, so each does nothing at all.
guest_system() {
  local busybox notify
  busybox=$(readlink -f /etc/e2e/busybox)/bin/busybox
  notify=$(readlink -f /etc/e2e/notify)/bin/notify
  mkdir -p "$store-guest-$1/bin"
  script "guest-$1/init" << END
#!$busybox sh
[ "\${1-}" = ready ] || exec $notify $store-guest-$1/init ready
trap 'exit 0' 37 TERM
while :; do
  $busybox sleep 1000 &
  wait \$!
done
END
  script "guest-$1/bin/switch-to-configuration" << END
#!$busybox sh
$busybox mkdir -p /var/log
echo "$1 \$1" >> /var/log/activations
END
}

# What all systems have: the units that this host has without NixOS, and what NixOS' scripts
# are, as far as the rules of a switch ask for them.
lay_out_basics() {
  local version
  mkdir -p /etc/nixos-containers
  rm -f /etc/systemd/system/multi-user.target.wants/machines.target
  # What is masked here is so for the sake of this host, not of a switch.
  find /etc/systemd/system -lname /dev/null -delete
  cp -a /etc/systemd/system $debian
  script log << 'END'
#!/bin/sh
echo "$@" >> /run/events
END
  for version in 1 2; do
    guest_system "$version"
    script "start-$version" << END
#!/bin/sh
# Version $version.
mkdir -p "\$root/etc" "\$root/usr/bin" && touch "\$root/etc/os-release" "\$root/etc/machine-id"
exec systemd-nspawn --quiet --keep-unit -M "\$INSTANCE" -D "\$root" --notify-ready=yes \\
  --kill-signal=SIGRTMIN+3 --bind-ro=/nix/store --resolv-conf=off --timezone=off \\
  --link-journal=no "\$SYSTEM_PATH/init"
END
    script "reload-$version" << END
#!/bin/sh
# Version $version.
$store-log reload "\$INSTANCE"
exec nsenter --all --target "\$(machinectl show --property=Leader --value "\$INSTANCE")" -- \\
  "\$SYSTEM_PATH/bin/switch-to-configuration" test
END
  done
}

# unit NAME WORD…
unit() {
  local name=$1 word auto='' restart='' start=1 reload=1 lines='' more=''
  shift
  for word; do
    case "$word" in
      auto) auto=1 ;;
      norestart) restart=no ;;
      start=*) start=${word#*=} ;;
      reload=*) reload=${word#*=} ;;
      Unit:* | Install:*) more+="[${word%%:*}]"$'\n'"${word#*:}"$'\n' ;;
      Service:*) lines+="${word#*:}"$'\n' ;;
    esac
  done
  echo '[Unit]'
  echo "Description=Container '%i'"
  # The name of a file in the store that holds what the container starts with.
  [ -z "$auto" ] || echo "X-Restart-Triggers=$store-$(conf "$name" "$@" | md5sum | cut -c1-9)"
  echo '[Service]'
  printf '%s\n' Type=notify Restart=on-failure RestartForceExitStatus=133 \
    SuccessExitStatus=133 TimeoutStartSec=3min Slice=machine.slice Delegate=true \
    KillMode=mixed KillSignal=TERM 'EnvironmentFile=-/etc/nixos-containers/%i.conf' \
    'Environment="INSTANCE=%i" "root=/var/lib/nixos-containers/%i"' \
    "ExecStartPre=$store-log start %i" "ExecStart=$store-start-$start" \
    "ExecStopPost=$store-log stop %i"
  [ -z "$reload" ] || echo "ExecReload=$store-reload-$reload"
  { [ -n "$auto" ] && [ -z "$restart" ]; } || echo X-RestartIfChanged=false
  printf '%s%s' "$lines" "$more"
}

# conf NAME WORD…
conf() {
  local word system=1 more=''
  for word in "${@:2}"; do
    case "$word" in
      system=*) system=${word#*=} ;;
      conf=*) more=${word#*=}$'\n' ;;
    esac
  done
  echo "SYSTEM_PATH=$store-guest-$system"
  printf '\n\n\n\n\nPRIVATE_USERS=no\n%s\nEXTRA_NSPAWN_FLAGS=""\n' "$more"
}

# lay_out SYSTEM: begins a system with what every one has.
lay_out() {
  local units=$store-$1-units etc=$store-$1-etc/etc target
  mkdir -p "$etc/systemd" "$etc/nixos-containers" "$store-$1"
  cp -a $debian "$units"
  for target in machines.target multi-user.target; do
    ln -s "/lib/systemd/system/$target" "$units/$target"
  done
  mkdir -p "$units/multi-user.target.wants" "$units/machines.target.wants"
  ln -s ../machines.target "$units/multi-user.target.wants/machines.target"
  ln -s "$units" "$etc/systemd/system"
  ln -s "$etc" "$store-$1/etc"
  ln -s /etc/e2e/tools "$store-$1/sw"
}

# in_store DIRECTORY NAME, from standard input: a file of its own in the store, and the link
# to it in the directory.
in_store() {
  local file
  file=$store-$(echo "$1/$2" | md5sum | cut -c1-9)-$2
  mkdir -p "$1"
  cat > "$file"
  ln -s "$file" "$1/$2"
}

# add SYSTEM NAME WORD…: adds a container.
add() {
  local system=$1 name=$2 word
  local units=$store-$system-units file=container@$name.service
  shift 2
  case " $* " in
    *' - '*) return 0 ;;
    *' masked '*) ln -s /dev/null "$units/$file" ;;
    *' bare '*) ;;
    *) unit "$name" "$@" | in_store "$units" "$file" ;;
  esac
  case " $* " in
    *' bare '*) conf "$name" "$@" > "/etc/nixos-containers/$name.conf" ;;
    *' masked '*) ;;
    *) conf "$name" "$@" | in_store "$store-$system-etc/etc/nixos-containers" "$name.conf" ;;
  esac
  case " $* " in *' auto '*) ln -s "../$file" "$units/machines.target.wants/$file" ;; esac
  for word; do
    case "$word" in
      needs:* | requires:*)
        mkdir -p "$units/$file.requires"
        case "$word" in
          needs:*) ln -s "../container@${word#*:}.service" "$units/$file.requires/" ;;
          *) ln -s "../${word#*:}" "$units/$file.requires/" ;;
        esac
        ;;
      drop:*) printf '[Service]\n%s\n' "${word#drop:}" | in_store "$units/$file.d" overrides.conf ;;
    esac
  done
}

# template SYSTEM WORD…: that of imperative containers.
template() {
  local system=$1
  shift
  unit '' "$@" | in_store "$store-$system-units" container@.service
}

# check SYSTEM, from standard input: what runs before a switch to it, in the frame that NixOS
# gives to its checks.
check() {
  {
    printf '#!/bin/bash\nset -o errexit -o nounset -o pipefail\nif ! (\n'
    cat
    printf ') >&2; then\n  echo "Pre-switch check failed"\n  exit 1\nfi\n'
  } | script "$1/pre-switch-check"
}

# service SYSTEM NAME, from standard input: a script that multi-user.target wants.
service() {
  local units=$store-$1-units
  { printf '#!/bin/sh\nset -e\n' && cat; } | script "$1-$2"
  printf '[Unit]\nAfter=machines.target\n[Service]\nType=oneshot\nExecStart=%s\n' \
    "$store-$1-$2" | in_store "$units" "$2.service"
  ln -s "../$2.service" "$units/multi-user.target.wants/$2.service"
}

# becomes_nixos SYSTEM: the host runs it from now on.
becomes_nixos() {
  rm -rf /etc/systemd/system /run/current-system
  ln -s /etc/static/systemd/system /etc/systemd/system
  : > /run/events
  ln -sfn "$store-$1/etc" /etc/static
  /e2e/nixos/switch-to-configuration "$store-$1" > /root/switch.log 2>&1 || fail "$(cat /root/switch.log)"
}
