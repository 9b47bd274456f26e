#!/usr/bin/env bash
# What a switch does to other units of a host – services, sockets, slices, targets, file
# systems – takes containers with it: what `conex preview` says of that, held against what
# systemd is then seen to do.
. /e2e/lib.sh
. /e2e/nixos/lay-out.sh
. /e2e/nixos/compare.sh

# The last column is the unit that the preview names as the first cause.
cases() {
  cat << 'END'
alone              runs    auto                                           same                  keep       -
wants              runs    auto,Unit:Wants=net.service                    same                  keep       -
after              runs    auto,Unit:After=net.service                    same                  keep       -
requires           runs    auto,Unit:Requires=net.service                 same                  stop-start net.service
requires-manual    runs    norestart,Unit:Requires=net.service            same                  stop       net.service
binds              runs    auto,Unit:BindsTo=br0-netdev.service           same                  stop-start br0-netdev.service
part               runs    auto,Unit:PartOf=net.service                   same                  stop-start net.service
by-link            runs    norestart,requires:net.service                 same                  stop       net.service
by-alias           runs    norestart,Unit:PartOf=network-manager.service  same                  stop       net.service
chain              runs    auto,Unit:Requires=upper.service               same                  stop-start net.service
named              runs    auto,Unit:PartOf=helper@%i.service             same                  stop-start helper@named.service
propagated         runs    norestart                                      same                  stop       stopper.service
stop-from          runs    norestart,Unit:StopPropagatedFrom=net.service  same                  stop       net.service
gentle             runs    norestart,Unit:PartOf=gentle.service           same                  restart    gentle.service
gentle-auto        runs    auto,Unit:Requires=gentle.service              same                  restart    gentle.service
also-changed       runs    auto,Unit:Requires=net.service                 auto,start=2,Unit:Requires=net.service stop-start -
stale-and-part     runs    norestart,Unit:PartOf=net.service              norestart,system=2,Unit:PartOf=net.service stop net.service
stays              runs    auto,Unit:Requires=stays.service               same                  keep       -
reloaded           runs    auto,Unit:PartOf=reloaded.service              same                  keep       -
gone               runs    norestart,Unit:PartOf=gone.service             same                  stop       gone.service
gone-auto          runs    auto,Unit:PartOf=gone.service                  same                  stop-start gone.service
gone-stays         runs    auto,Unit:PartOf=gone-stays.service            same                  keep       -
by-socket          runs    auto,Unit:Requires=answers.service             same                  stop-start answers.service
of-socket          runs    norestart,Unit:PartOf=answers.socket           same                  stop       answers.socket
own-socket         runs    Service:X-RestartIfChanged=yes                 Service:X-RestartIfChanged=yes,start=2 stop -
own-socket-unused  runs    Service:X-RestartIfChanged=yes,Service:X-NotSocketActivated=yes Service:X-RestartIfChanged=yes,Service:X-NotSocketActivated=yes,start=2 stop-start -
in-slice           runs    auto,Service:Slice=stays.slice                 same                  keep       -
in-gone-slice      runs    auto,Service:Slice=gone.slice                  same                  stop-start gone.slice
in-inner-slice     runs    norestart,Service:Slice=gone-inner.slice       same                  stop       gone-inner.slice
machined           runs    auto                                           same                  keep       -
of-target          runs    norestart,Unit:PartOf=group.target             same                  stop       group.target
of-target-auto     runs    auto,Unit:PartOf=group.target                  same                  stop-start group.target
of-quiet-target    runs    auto,Unit:PartOf=quiet.target                  same                  keep       -
on-mount           runs    auto,Unit:RequiresMountsFor=/srv/a/below       same                  restart    srv-a.mount
on-gone-mount      runs    norestart,Unit:RequiresMountsFor=/srv/b        same                  stop       srv-b.mount
on-remount         runs    auto,Unit:RequiresMountsFor=/srv/c             same                  keep       -
on-inner-mount     runs    norestart,Unit:RequiresMountsFor=/srv/b/x-y    same                  stop       srv-b.mount
on-unit-mount      runs    auto,Unit:RequiresMountsFor=/srv/d             same                  restart    srv-d.mount
through            stopped norestart                                      same                  keep       -
by-new             stopped norestart                                      same                  start      -
of-restarted       stopped norestart                                      same                  start      -
of-oneshot         stopped norestart                                      same                  start      -
of-dead            stopped norestart                                      same                  keep       -
END
  # systemd 252 starts what a target wants even if it lacks what it requires.
  [ "$(systemctl --version | awk '{ print $2; exit }')" -ge 257 ] || return 0
  cat << 'END'
requires-gone      runs    auto,Unit:Requires=gone.service                same                  stop       gone.service
begins-to-require  runs    auto                                           auto,Unit:Requires=gone.service stop       -
above-requires     runs    auto,Unit:Requires=container@requires-gone.service same              stop       gone.service
END
}

# service NAME VERSION [LINE…]: a service of a host that runs.
daemon() {
  printf '[Unit]\nDescription=%s\n' "$1"
  printf '%s\n' "${@:3}"
  printf '[Service]\nExecStart=/bin/sleep infinity\nEnvironment=VERSION=%s\n' "$2"
}

# host SYSTEM VERSION: its other units; of what changes or is gone there is VERSION 1 or 2.
host() {
  local system=$1 version=$2 units=$store-$1-units etc=$store-$1-etc/etc name
  wanted() { ln -s "../$1" "$units/multi-user.target.wants/$1"; }
  has() { in_store "$units" "$1" && wanted "$1"; }

  daemon net "$version" | has net.service
  ln -s net.service "$units/network-manager.service"
  daemon bridge "$version" | has br0-netdev.service
  daemon upper 1 Requires=net.service | has upper.service
  daemon stopper "$version" PropagatesStopTo=container@propagated.service | has stopper.service
  daemon '%i' "$version" | in_store "$units" helper@.service
  ln -s ../helper@.service "$units/multi-user.target.wants/helper@named.service"
  { daemon gentle "$version" && echo X-StopIfChanged=false; } | has gentle.service
  { daemon stays "$version" && echo X-RestartIfChanged=false; } | has stays.service
  { daemon reloaded 1 && echo "ExecReload=/bin/true $version"; } | has reloaded.service
  daemon middle 1 Wants=container@through.service | has middle.service
  { daemon restarted "$version" Wants=container@of-restarted.service \
    && echo X-StopIfChanged=false; } | in_store "$units" restarted.service
  printf '[Unit]\nWants=container@of-oneshot.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n' \
    | has once.service
  daemon dead 1 Wants=container@of-dead.service | in_store "$units" dead.service

  # A service that is left to its socket.
  printf '[Socket]\nListenStream=/run/answers\n' | in_store "$units" answers.socket
  mkdir -p "$units/sockets.target.wants"
  ln -s ../answers.socket "$units/sockets.target.wants/answers.socket"
  wanted answers.socket
  daemon answers "$version" Requires=answers.socket | in_store "$units" answers.service

  for name in own-socket own-socket-unused; do
    printf '[Socket]\nListenStream=/run/%s\n' "$name" | has "container@$name.socket"
  done

  # A new version of machined, as with one of systemd.
  { cat /lib/systemd/system/systemd-machined.service && echo "Environment=VERSION=$version"; } \
    | in_store "$units" systemd-machined.service

  printf '[Slice]\nTasksMax=%s\n' "100$version" | in_store "$units" stays.slice
  printf '[Unit]\nX-StopOnReconfiguration=yes\n' | has group.target
  printf '[Unit]\nX-Note=%s\n' "$version" | has quiet.target
  printf '[Mount]\nWhat=none%s\nWhere=/srv/d\nType=tmpfs\n' "$version" | has srv-d.mount
  if [ "$version" = 1 ]; then
    daemon gone 1 | has gone.service
    daemon gone 1 X-StopOnRemoval=no | has gone-stays.service
    for name in gone gone-inner; do echo '[Slice]' | in_store "$units" "$name.slice"; done
    cat << 'END' > "$etc/fstab"
none1 /srv/a tmpfs size=1m 0 0
none1 /srv/b tmpfs size=1m 0 0
none1 /srv/b/x-y tmpfs size=1m 0 0
none1 /srv/c tmpfs size=1m 0 0
END
  else
    daemon new 1 Wants=container@by-new.service | has new.service
    cat << 'END' > "$etc/fstab"
# none1 /srv/b tmpfs size=1m 0 0
none2 /srv/a tmpfs size=1m 0 0
none1 /srv/c tmpfs size=2m 0 0
END
  fi
}

lay_out_basics
lay_out_side old 3 start=1
host old 1
lay_out_side new 4 start=1
host new 2
becomes_nixos old
systemctl daemon-reload
systemctl start local-fs.target answers.service restarted.service container@own-socket{,-unused}.socket
bring_up
mountpoint -q /srv/a && mountpoint -q /srv/b/x-y && mountpoint -q /srv/d

switch new
expect_told 5
while read -r name expected; do
  expect "what is told to be the cause of $name" "$expected" "${cause[$name]}"
done < <(cases | awk '{ print $1, $6 }')

# And back.
switch new
switch old
