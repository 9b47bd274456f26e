#!/usr/bin/env bash
# Containers on a bridge reach each other and the host over it, another bridge and other
# limits reach them while they run.
. /e2e/lib.sh

configuration=/root/configuration.nix
apply() {
  conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
  conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "$(cat /root/plan.log)"
}

for bridge in 0 1; do
  ip link add br$bridge type bridge
  ip address add 10.7$bridge.0.1/16 dev br$bridge
  ip link set br$bridge up
done
built=$(system web)

# configure BRIDGE LIMITS
configure() {
  cat > "$configuration" << END
{
  containers = builtins.mapAttrs (name: address: {
    autoStart = true;
    path = "$built";
    privateNetwork = true;
    hostBridge = "$1";
    localAddress = address;
    limits = { $2 };
  }) { left = "10.70.0.2/16"; a-right-one-of-a-long-name = "10.70.0.3/16"; };
}
END
}

configure br0 'memoryMax = "300M"; tasksMax = 200; cpuWeight = 50;'
apply
expect 'machines' 'a-right-one-of-a-long-name left' "$(machinectl list --no-legend | cut -d' ' -f1 | sort | xargs)"
before="$(started left) $(started a-right-one-of-a-long-name)"
pings 10.70.0.2 > /dev/null
pings 10.70.0.3 > /dev/null
guest left 'ping -q -c 1 -W 2 10.70.0.3' > /dev/null
guest left 'ping -q -c 1 -W 2 10.70.0.1' > /dev/null
members() { ip -brief link show master "$1" | wc -l; }
expect 'members of br0' 2 "$(members br0)"
ip link show vb-a-right-one-of-a-long-name | grep -q 'master br0'

# The other bridge, around the running guest: it is reached over that one, and no more
# over this one.
ip address flush dev br1
ip address flush dev br0
ip address add 10.70.0.1/16 dev br1
configure br1 'memoryMax = "300M"; tasksMax = 200; cpuWeight = 50;'
apply
expect 'members of br0' 0 "$(members br0)"
within 5 pings 10.70.0.2
guest left 'ping -q -c 1 -W 2 10.70.0.3' > /dev/null

# limit NAME FILE PROPERTY VALUE: systemd has it, and so has the kernel, where the machine
# gives this host the controller.
limit() {
  local file=/sys/fs/cgroup/machine.slice/container@$1.service/$2
  expect "$3 of $1" "$4" "$(show "container@$1.service" "$3")"
  if [ -e "$file" ]; then
    expect "$2 of $1" "$4" "$(cat "$file")"
  else
    echo "there is no $2 here"
  fi
}
limit left memory.max MemoryMax $((300 << 20))
limit left pids.max TasksMax 200
configure br1 'memoryMax = "400M"; tasksMax = 300;'
apply
limit left memory.max MemoryMax $((400 << 20))
limit left pids.max TasksMax 300
limit a-right-one-of-a-long-name memory.max MemoryMax $((400 << 20))
expect 'PID 1 of both' "$before" "$(started left) $(started a-right-one-of-a-long-name)"

# What is changed live holds after a restart, too.
systemctl restart container@left.service
limit left memory.max MemoryMax $((400 << 20))
within 5 pings 10.70.0.2
expect 'members of br1' 2 "$(members br1)"
conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "$(cat /root/plan.log)"
