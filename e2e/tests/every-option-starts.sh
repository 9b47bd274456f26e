#!/usr/bin/env bash
# A container for each option that changes the unit: systemd and systemd-nspawn take what
# is rendered, and the option is there inside.
. /e2e/lib.sh

ip link add br0 type bridge
ip address add 10.78.0.1/24 dev br0
ip link set br0 up
ip link add spare0 type veth peer name spare1
ip link set spare0 up
mkdir -p /srv/data
built=$(system any)
rehearse << END
{
  containers = builtins.mapAttrs (name: options: options // { path = "$built"; }) {
    bridged = { privateNetwork = true; hostBridge = "br0"; localAddress = "10.78.0.2/24"; };
    extra = {
      privateNetwork = true;
      extraVeths.ex1 = { hostAddress = "10.79.0.1"; localAddress = "10.79.0.2"; };
      extraVeths.ex2 = { hostBridge = "br0"; localAddress = "10.78.0.3/24"; };
    };
    six = {
      privateNetwork = true;
      hostAddress6 = "fd00::1";
      localAddress6 = "fd00::2";
      localMacAddress = "02:00:00:00:00:01";
    };
    ports = {
      privateNetwork = true;
      hostAddress = "10.80.0.1";
      localAddress = "10.80.0.2";
      forwardPorts = [ { hostPort = 8080; containerPort = 80; } ];
    };
    moved = { privateNetwork = true; interfaces = [ "spare1" ]; };
    macvlan = { privateNetwork = true; macvlans = [ "spare0" ]; };
    a-name-too-long-for-an-interface = {
      privateNetwork = true;
      hostAddress = "10.81.0.1";
      localAddress = "10.81.0.2";
    };
    mounts = {
      bindMounts."/data" = { hostPath = "/srv/data"; isReadOnly = false; };
      bindMounts."/data-ro".hostPath = "/srv/data";
      tmpfs = [ "/scratch:mode=0700" ];
    };
    ephemeral.ephemeral = true;
    tun.enableTun = true;
    devices = {
      additionalCapabilities = [ "CAP_SYS_TIME" ];
      allowedDevices = [ { node = "/dev/fuse"; modifier = "rw"; } ];
    };
    limits.limits = { memoryMax = "100M"; tasksMax = 100; };
    flags.extraFlags = [ "--hostname=other" ];
    identity.privateUsers = "identity";
  };
}
END
names=(bridged extra six ports moved macvlan a-name-too-long-for-an-interface mounts
  ephemeral tun devices limits flags identity)
for name in "${names[@]}"; do
  expect "warnings about $name" '' "$(systemd-analyze verify "container@$name.service" 2>&1)"
done
start "${names[@]}"

for address in 10.78.0.2 10.79.0.2 10.78.0.3 10.80.0.2 10.81.0.2 fd00::2; do
  within 5 pings "$address"
done
guest six "ip link | grep 02:00:00:00:00:01" > /dev/null
guest moved 'ip link | grep spare1' > /dev/null
guest macvlan 'ip link | grep mv-spare0' > /dev/null
guest mounts 'touch /data/from-inside && stat -c %a /scratch | grep 700' > /dev/null
[ -e /srv/data/from-inside ]
guest_refused mounts 'touch /data-ro/x'
guest tun 'test -c /dev/net/tun'
expect 'limit' 104857600 "$(show container@limits.service MemoryMax)"
expect 'host name' other "$(guest flags hostname)"

for name in "${names[@]}"; do systemctl stop "container@$name.service"; done
expect 'failed units' '' "$(systemctl --failed --no-legend)"
expect 'machines' '' "$(machinectl list --no-legend)"
# What was moved in comes back.
ip link show spare1 > /dev/null

rehearse << END
{ containers.quota = { path = "$built"; limits.cpuQuota = "50%"; }; }
END
expect 'what systemd says' '' "$(systemd-analyze verify container@quota.service 2>&1)"
