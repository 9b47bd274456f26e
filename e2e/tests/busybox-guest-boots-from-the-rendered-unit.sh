#!/usr/bin/env bash
# From a Nix file to a running container, with the files as conex renders them.
. /e2e/lib.sh

built=$(system web)
rehearse << END
{
  containers.web = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
    path = "$built";
  };
}
END
warnings=$(systemd-analyze verify container@web.service 2>&1)
expect 'warnings of systemd about the unit' '' "$warnings"

links=$(ip -brief link | wc -l)
start web
expect 'class of the machine' container "$(machinectl show --property=Class --value web)"
expect 'unit of the machine' container@web.service "$(machinectl show --property=Unit --value web)"
within 5 pings 10.77.0.2
expect 'name of the interface inside' eth0 \
  "$(guest web "ip -o addr | grep -o 'eth0.*10.77.0.2'" | cut -d' ' -f1)"
# The guest's network was there before its init: nothing in this init sets it up.
guest web 'ping -q -c 1 -W 2 10.77.0.1' > /dev/null
expect 'boots' 1 "$(wc -l < "$(root_of web)/var/log/boots")"

systemctl stop container@web.service
expect 'result' success "$(show container@web.service Result)"
expect 'machines' '' "$(machinectl list --no-legend)"
expect 'interfaces after the stop' "$links" "$(ip -brief link | wc -l)"
expect 'failed units' '' "$(systemctl --failed --no-legend)"

# Not a thing of the first start is in the way of the second.
start web
within 5 pings 10.77.0.2
systemctl stop container@web.service

# The tools of the guest's own system are enough: those of this host are not in the store.
rm /run/current-system/sw
hash -r
start web
guest web 'ping -q -c 1 -W 2 10.77.0.1' > /dev/null
