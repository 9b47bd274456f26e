#!/usr/bin/env bash
# `conex apply` and a guest whose init is a real systemd: made, changed live, given a new
# system by a reload, which keeps its PID 1, and restarted where nothing less will do.
. /e2e/lib.sh

configuration=/root/configuration.nix
apply() {
  conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
  conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "$(cat /root/plan.log)"
}

# configure VERSION ADDRESS MORE
configure() {
  cat > "$configuration" << END
{
  containers.full = {
    autoStart = true;
    path = "$(system full systemd "$1")";
    bindMounts."/usr" = { };
    privateNetwork = true;
    hostAddress = "$2";
    localAddress = "10.77.0.2";
    hostAddress6 = "fd77::1";
    localAddress6 = "fd77::2";
    ${3-}
  };
}
END
}
log() { cat "$(root_of full)/var/log/$1"; }
inside() { systemd-run --quiet --wait --pipe --machine=full "$@"; }

configure 1 10.77.0.1
apply
expect 'state of the guest' running "$(systemctl --machine=full is-system-running --wait)"
pings 10.77.0.2 > /dev/null
# The `ip` of busybox has IPv6 look first whether somebody else has the address.
within 5 pings fd77::2
before=$(started full)
boot=$(inside cat /proc/sys/kernel/random/boot_id)

# Live: an address of the host's and a mount.
mkdir -p /srv/data
echo seen > /srv/data/file
configure 1 10.77.0.9 'bindMounts."/data".hostPath = "/srv/data";'
apply
pings 10.77.0.2 > /dev/null
ip -4 address show dev ve-full | grep -q '10\.77\.0\.9/32'
expect 'the mounted file' seen "$(inside cat /data/file)"
expect 'PID 1 after a live change' "$before" "$(started full)"

# A new system: the activation of that system runs inside, and nothing is booted.
configure 2 10.77.0.9 'bindMounts."/data".hostPath = "/srv/data";'
apply
grep -q reload /root/apply.log || fail "$(cat /root/apply.log)"
expect 'activations' "2 test $(system full systemd 2) pid1=$before" "$(log activations)"
expect 'PID 1 after a reload' "$before" "$(started full)"
expect 'boot of the guest' "$boot" "$(inside cat /proc/sys/kernel/random/boot_id)"
expect 'boots' 1 "$(log boots | wc -l)"
expect 'state of the guest' running "$(systemctl --machine=full is-system-running)"
pings 10.77.0.2 > /dev/null

# A reboot from inside boots the new one, with the network that was changed live.
inside systemctl reboot || true
rebooted() { [ "$(log boots | wc -l)" = 2 ] && systemctl is-active --quiet container@full.service; }
within 20 rebooted
expect 'versions that were booted' '1 2' "$(log boots | cut -d' ' -f1 | xargs)"
pings 10.77.0.2 > /dev/null
within 10 conex plan "$configuration" --detailed-exitcode

# What needs a restart gets one.
configure 2 10.77.0.9 'bindMounts."/data".hostPath = "/srv/data"; tmpfs = [ "/scratch" ];'
apply
expect 'boots' 3 "$(log boots | wc -l)"
inside mountpoint -q /scratch
echo '{ }' > "$configuration"
apply
expect 'result' success "$(show container@full.service Result)"
expect 'failed units' '' "$(systemctl --failed --no-legend)"
