#!/usr/bin/env bash
# Containers that are in no configuration: made, updated, taken over from others, and left
# alone by every apply.
. /e2e/lib.sh

one=$(system web busybox 1)
two=$(system web busybox 2)
conex=conex
run() { "$conex" "$@" > /root/log 2>&1 || fail "conex $*: $(cat /root/log)"; }

run create web --path "$one" --auto-start --port 8080:80
machinectl list --no-legend | grep -q '^web '
expect 'its address' 10.233.1.2 "$(sed -n 's/^LOCAL_ADDRESS=//p' /etc/nixos-containers/web.conf)"
within 5 pings 10.233.1.2
run create db --path "$one"
expect 'the next address' 10.233.2.2 "$(sed -n 's/^LOCAL_ADDRESS=//p' /etc/nixos-containers/db.conf)"
refused systemctl is-active container@db.service
run start db
within 5 pings 10.233.2.2

# An update is an activation inside.
before=$(started web)
run update web --path "$two"
expect 'PID 1' "$before" "$(started web)"
expect 'the activation' "2 test $two" "$(cut -d' ' -f1-3 "$(root_of web)/var/log/activations")"

# A configuration does not touch them.
echo "{ containers.other = { autoStart = true; path = \"$one\"; }; }" > /root/configuration.nix
run apply /root/configuration.nix --auto-approve
echo '{ }' > /root/configuration.nix
run apply /root/configuration.nix --auto-approve
grep -q 'containers.web is imperative' /root/log
expect 'PID 1' "$before" "$(started web)"
run plan /root/configuration.nix --detailed-exitcode

# One that nixos-container made: its conf, its profile, and a unit that is a template.
sed -e 's/web/%i/g' /etc/systemd/system/container@web.service > /etc/systemd/system/container@.service
mkdir -p /nix/var/nix/profiles/per-container/old /nix/var/nix/gcroots/per-container/old
nix-env --quiet --profile /nix/var/nix/profiles/per-container/old/system --set "$one"
printf 'PRIVATE_NETWORK=1\nHOST_ADDRESS=10.233.3.1\nLOCAL_ADDRESS=10.233.3.2\nHOST_BRIDGE=\nHOST_PORT=\nAUTO_START=0\n' \
  > /etc/nixos-containers/old.conf
mkdir -p "$(root_of old)"/{etc,usr/bin,var/lib,root,tmp}
touch "$(root_of old)"/etc/{os-release,machine-id}
systemctl daemon-reload
# The template of the test starts what its conf names.
echo "SYSTEM_PATH=$one" >> /etc/nixos-containers/old.conf
start old
before=$(started old)
conex status old | grep -q 'not managed by conex'
run adopt old
expect 'PID 1' "$before" "$(started old)"
conex status old | grep -q '^old .*running .*10.233.3.2.*conex adopt' || fail "$(conex status old)"
run update old
grep -q 'No changes' /root/log || fail "$(cat /root/log)"
expect 'PID 1' "$before" "$(started old)"
expect 'its unit' /etc/systemd/system/container@old.service "$(show container@old.service FragmentPath)"
run update old --path "$two"
expect 'the activation' "2 test $two" "$(cut -d' ' -f1-3 "$(root_of old)/var/log/activations")"
run restart old
within 5 pings 10.233.3.2
run plan /root/configuration.nix --detailed-exitcode

run destroy old --purge --auto-approve
test ! -e "$(root_of old)"
test ! -e /var/lib/conex/imperative/old
run destroy web --auto-approve
test -d "$(root_of web)"
machinectl list --no-legend | grep -q '^db '
