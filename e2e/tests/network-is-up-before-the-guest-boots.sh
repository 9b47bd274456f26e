#!/usr/bin/env bash
# Both sides of the network are set up before the guest's `init` runs, at each start, and
# what of it fails, fails the start with its own words.
. /e2e/lib.sh

ip link add br0 type bridge
ip address add 10.78.0.1/24 dev br0
ip link set br0 up

# An init that can not wait: the first thing it does is to reach the host.
eager=$(system eager)
mkdir -p /root/eager/sw/bin
cat > /root/eager/init << END
#!$(readlink -f /etc/e2e/busybox)/bin/busybox sh
bb=$(readlink -f /etc/e2e/busybox)/bin/busybox
\$bb mkdir -p /var/log
# Without a second try: a packet that is lost is a network that was not there.
for host in \$(\$bb cat /hosts); do
  \$bb ping -q -c 1 -W 2 \$host > /dev/null 2>&1 && echo "\$host"
done > /var/log/reached
# What is open of the helper's would be seen here.
\$bb ls /proc/self/fd > /var/log/open
echo "\${LISTEN_FDS-none}" > /var/log/listen
exec $eager/init
END
chmod +x /root/eager/init
# The real `ip`, as a NixOS has it: that of busybox has IPv6 look for a second whether
# somebody else has the address.
ln -s "$(readlink -f /etc/e2e/busybox)/bin/busybox" /root/eager/sw/bin/sh
printf '#!%s/bin/busybox sh\nexec %s/bin/ip "$@"\n' "$(readlink -f /etc/e2e/busybox)" \
  "$(readlink -f /etc/e2e/tools)" > /root/eager/sw/bin/ip
chmod +x /root/eager/sw/bin/ip
eager=$(nix-store --add /root/eager)

rehearse << END
{
  containers = builtins.mapAttrs (name: options: { path = "$eager"; privateNetwork = true; } // options) {
    plain = {
      hostAddress = "10.77.0.1"; localAddress = "10.77.0.2";
      hostAddress6 = "fd77::1"; localAddress6 = "fd77::2";
    };
    jail = { privateUsers = "pick"; hostAddress = "10.77.1.1"; localAddress = "10.77.1.2"; };
    bridged = { hostBridge = "br0"; localAddress = "10.78.0.2/24"; };
    a-name-too-long-for-an-interface = { hostAddress = "10.77.2.1"; localAddress = "10.77.2.2"; };
    extra = {
      extraVeths.ex1 = { hostAddress = "10.79.0.1"; localAddress = "10.79.0.2"; };
      extraVeths.ex2 = { hostBridge = "br0"; localAddress = "10.78.0.3/24"; };
    };
    bare = { path = "$(system bare bare)"; hostAddress = "10.77.3.1"; localAddress = "10.77.3.2"; };
    wrong = { hostAddress = "10.77.4.1"; localAddress = "10.77.4.2"; };
    half = { hostAddress = "10.77.5.1"; localAddress = "10.77.5.2"; localMacAddress = "02:00:00:00:00:01"; };
  };
}
END

declare -A hosts=(
  [plain]='10.77.0.1 fd77::1' [jail]=10.77.1.1 [bridged]=10.78.0.1
  [a-name-too-long-for-an-interface]=10.77.2.1 [extra]='10.79.0.1 10.78.0.1'
)

names=("${!hosts[@]}")
units=("${names[@]/#/container@}")

# booted NAME: its init has done its first thing and it is ready.
booted() { test -e "$(root_of "$1")/var/log/listen" && systemctl is-active --quiet "container@$1.service"; }

check() {
  local name log
  for name in "${names[@]}"; do
    within 10 booted "$name"
    log=$(root_of "$name")/var/log
    expect "what the init of $name reached" "${hosts[$name]}" "$(xargs < "$log/reached")"
    expect "what is open in $name" '0 1 2 3' "$(xargs < "$log/open")"
    expect "what $name is to listen to" none "$(cat "$log/listen")"
    rm "$log/listen"
  done
}

for name in "${names[@]}"; do echo "${hosts[$name]}" > "$(root_of "$name")/hosts"; done
start "${names[@]}"
check
# Nothing is left of what set it up.
expect 'pipes' '' "$(find /run -name 'container@*' -exec ls {} + | grep -v : | xargs)"
group=/sys/fs/cgroup/machine.slice/container@plain.service
expect 'processes beside the guest' systemd-nspawn \
  "$(cat "$group"/cgroup.procs "$group"/supervisor/cgroup.procs | xargs -I PID cat /proc/PID/comm)"

# Each way to start anew.
for name in "${names[@]}"; do tell "$name" 'reboot -f'; done
check
systemctl restart "${units[@]}"
check
for unit in "${units[@]}"; do systemctl kill --signal=KILL --kill-whom=main "$unit"; done
check

# Without tools inside the host does it, as soon as it can, and says so. Those of this
# host are made to be none that the guest could see.
rm /run/current-system/sw
hash -r
start bare
within 5 pings 10.77.3.2
guest bare 'ping -q -c 1 -W 2 10.77.3.1' > /dev/null
journalctl --unit=container@bare.service | grep -q 'no shell and no ip that bare sees' || fail 'it does not say so'

# What of it fails, fails the start with its own words, on either side.
refuses() { # NAME WORDS
  refused timeout 30 systemctl start "container@$1.service"
  journalctl --sync
  journalctl --output=cat --unit="container@$1.service" > /root/log
  grep -q -- "$2" /root/log || fail "it does not say \"$2\": $(cat /root/log)"
  systemctl stop "container@$1.service"
  test ! -e "$(root_of "$1")/var/log/boots" || fail "$1 has booted"
  refused ip link show "ve-$1"
}
sed -i 's/^HOST_ADDRESS=.*/HOST_ADDRESS=10.77.4.1000/' /etc/nixos-containers/wrong.conf
refuses wrong 'the network of wrong is not set up, this failed: ip addr replace 10.77.4.1000'
sed -i 's/^LOCAL_ADDRESS=.*/LOCAL_ADDRESS=10.77.5.2\/24/; s/^HOST_ADDRESS=.*/HOST_ADDRESS=10.77.6.1/' \
  /etc/nixos-containers/half.conf
refuses half 'the network of half is not set up, this failed: ip route replace 10.77.5.2/24'
sed -i 's/^LOCAL_ADDRESS=.*/LOCAL_ADDRESS=10.77.5.2/; s/^LOCAL_MAC_ADDRESS=.*/LOCAL_MAC_ADDRESS=nonsense/' /etc/nixos-containers/half.conf
refuses half nonsense
