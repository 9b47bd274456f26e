#!/usr/bin/env bash
# Nothing that a power cut left is in the way.
. /e2e/lib.sh

systemctl is-active --quiet container@web.service
within 5 pings 10.77.0.2
expect 'boots' 3 "$(wc -l < "$(root_of web)/var/log/boots")"
expect 'failed units' '' "$(systemctl --failed --no-legend)"
conex plan /root/configuration.nix --detailed-exitcode
