#!/usr/bin/env bash
# What `conex preview` says of a switch, held against what systemd is then seen to do: every
# kind of change of a container, there and back.
. /e2e/lib.sh
. /e2e/nixos/lay-out.sh
. /e2e/nixos/compare.sh

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
drop-gone         runs     bare,drop:Nice=1          bare                          stop
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

lay_out_basics
lay_out_side old 3 start=1
lay_out_side new 4 start=2
becomes_nixos old

bring_up

# There: what is told is what NixOS is known to do, and what is then seen. What went on
# untouched with another system than its conf has is told to be left behind.
switch new
expect_told 5
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
