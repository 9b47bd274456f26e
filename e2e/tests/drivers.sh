#!/usr/bin/env bash
# What speaks with systemd, machined, the kernel and guests, by itself: the tests of the
# crate `executor` that need a machine of their own, with containers for them.
. /e2e/lib.sh

web=$(system web)
full=$(system full systemd 1)
rehearse << END
{
  containers.web = {
    path = "$web";
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
    hostAddress6 = "fd77::1";
    localAddress6 = "fd77::2";
    forwardPorts = [ { hostPort = 8080; containerPort = 80; } ];
  };
  containers.full = { path = "$full"; bindMounts."/usr" = { }; };
  containers.jail = { path = "$web"; privateUsers = "pick"; };
}
END
start web full jail
expect 'state of the guest' running "$(systemctl --machine=full is-system-running --wait)"
within 5 pings 10.77.0.2

# What the tests build on.
system full systemd 2 > /root/full-2
system web busybox 2 > /root/web-2
tell web 'while :; do echo hello | nc -l -p 90; done > /dev/null 2>&1 &'
CONEX_E2E=1 conex-executor-tests --ignored --test-threads=1 machine:: | tee /root/tests.log
# A name that fits nothing would run nothing.
grep -q 'test result: ok\. [1-9]' /root/tests.log || fail 'no test was run'
expect 'failed units' '' "$(systemctl list-units --failed --no-legend 'container@*')"
