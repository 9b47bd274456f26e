#!/usr/bin/env bash
# After a reboot the container is there without conex.
. /e2e/lib.sh

within 10 systemctl is-active container@web.service
expect 'boots' 2 "$(wc -l < "$(root_of web)/var/log/boots")"
conex plan /root/configuration.nix --detailed-exitcode

# Nothing would start it any more: that is told, with what to do.
rm /nix/store/*-etc/systemd/system/multi-user.target.wants/machines.target
systemctl daemon-reload
conex plan /root/configuration.nix > /root/plan.log
grep -q 'containers.web will not start with the host: machines.target' /root/plan.log \
  || fail "$(cat /root/plan.log)"

echo '{ }' > /root/configuration.nix
conex apply /root/configuration.nix --auto-approve
refused systemctl is-active container@web.service
test ! -e /etc/systemd-mutable/system/container@web.service
test ! -e /etc/systemd-mutable/system/machines.target.wants/container@web.service
