#!/usr/bin/env bash
# The host was powered off; after this the plug is pulled.
. /e2e/lib.sh

systemctl is-active --quiet container@web.service
refused systemctl is-active container@manual.service
within 5 pings 10.77.0.2
expect 'boots' 2 "$(wc -l < "$(root_of web)/var/log/boots")"
expect 'failed units' '' "$(systemctl --failed --no-legend)"
conex plan /root/configuration.nix --detailed-exitcode
sync
