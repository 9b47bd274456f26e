#!/usr/bin/env bash
# A guest with a real systemd: its new system is activated inside, PID 1 stays.
. /e2e/lib.sh

# apply VERSION
apply() {
  local built
  built=$(system full systemd "$1")
  rehearse << END
{
  containers.full = {
    path = "$built";
    bindMounts."/usr" = { };
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
  };
}
END
}

apply 1
start full
expect 'state of the guest' running "$(systemctl --machine=full is-system-running --wait)"
within 5 pings 10.77.0.2
before=$(started full)

apply 2
systemctl reload container@full.service
expect 'start of PID 1 after the reload' "$before" "$(started full)"
expect 'activations' "2 test $(system full systemd 2) pid1=$before" \
  "$(cat "$(root_of full)/var/log/activations")"
expect 'boots' 1 "$(wc -l < "$(root_of full)/var/log/boots")"

systemctl restart container@full.service
[ "$(started full)" != "$before" ] || fail 'PID 1 is the same after a restart'
expect 'boots' "1 2" "$(cut -d' ' -f1 "$(root_of full)/var/log/boots" | xargs)"

systemctl stop container@full.service
expect 'result' success "$(show container@full.service Result)"
