#!/usr/bin/env bash
# What happens when a guest ends by itself, and when its supervisor is killed.
. /e2e/lib.sh

built=$(system web)
rehearse << END
{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
    path = "$built";
  };
}
END
boots() { wc -l < "$(root_of web)/var/log/boots"; }
booted() { [ "$(boots)" = "$1" ]; }
stopped() { [ "$(show container@web.service ActiveState)" = inactive ]; }

start web
tell web 'reboot -f'
within 10 booted 2
within 5 systemctl is-active --quiet container@web.service
# The host's side is there again, too.
within 5 pings 10.77.0.2

tell web 'kill -TERM 1'
within 5 stopped
expect 'result' success "$(show container@web.service Result)"
expect 'boots' 2 "$(boots)"

# A killed systemd-nspawn is started again, though machined still has its machine.
start web
systemctl kill --signal=KILL --kill-whom=main container@web.service
sleep 1
within 5 systemctl is-active --quiet container@web.service
within 5 pings 10.77.0.2
