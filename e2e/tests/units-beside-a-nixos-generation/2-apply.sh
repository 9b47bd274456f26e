#!/usr/bin/env bash
# The directory is searched now, and need not exist.
. /e2e/lib.sh

mutable=/etc/systemd-mutable/system
before=$(ls -laR /etc/systemd/system/)
conex plan /root/configuration.nix --out /root/plan.json
grep -q "\"unit_directory\":\"$mutable\"" /root/plan.json
conex apply /root/plan.json
machinectl list --no-legend | grep -q '^web '
expect 'the unit' "$mutable/container@web.service" "$(show container@web.service FragmentPath)"
conex plan /root/configuration.nix --detailed-exitcode
expect 'the generation' "$before" "$(ls -laR /etc/systemd/system/)"

# The one that the generation declares is told of, and its name is not taken.
conex status | grep -q 'declared .*not managed by conex (/etc/systemd/system/container@declared.service)'
sed 's/containers.web/containers.declared/' /root/configuration.nix > /root/declared.nix
! conex apply /root/declared.nix --auto-approve > /root/apply.log 2>&1 || fail 'taken'
grep -q 'systemd takes one of two units of a name' /root/apply.log || fail "$(cat /root/apply.log)"
machinectl list --no-legend | grep -q '^web '

# Of two units of one name the added directory's counts, so that would hide the
# generation's: this is what the error is for.
cp $mutable/container@web.service $mutable/container@declared.service
systemctl daemon-reload
expect 'the one that counts' "$mutable/container@declared.service" \
  "$(show container@declared.service FragmentPath)"
rm $mutable/container@declared.service
systemctl daemon-reload
sync
