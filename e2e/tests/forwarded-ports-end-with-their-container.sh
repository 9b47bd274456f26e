#!/usr/bin/env bash
# Ports that are forwarded around a running container: the kernel's map is what a restart
# would have left, also after stops, restarts and a switch-off by hand.
. /e2e/lib.sh

configuration=/root/configuration.nix
built=$(system web)
configure() {
  cat > "$configuration" << END
{ containers.web = {
    autoStart = $1; path = "$built"; $3
    privateNetwork = true; hostAddress = "10.77.0.1"; localAddress = "10.77.0.2";
    forwardPorts = [ $2 ];
  };
}
END
}
apply() {
  conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
  conex plan "$configuration" --detailed-exitcode > /root/plan.log 2>&1 || fail "pending: $(cat /root/plan.log)"
}
boots() { wc -l < "$(root_of web)/var/log/boots"; }
# The host's ports that lead somewhere, of the whole ruleset.
ports() {
  nft list ruleset | tr -d '\n\t' | grep -o 'map_port_ipport {[^}]*elements = {[^}]*}' \
    | grep -o '[a-z0-9]* \. [0-9]* : 10\.77\.0\.2 \. [0-9]*' \
    | sed 's/.* \. \([0-9]*\) : .* \. \([0-9]*\)/\1-\2/' | sort | tr '\n' ' '
}

one='{ hostPort = 8081; containerPort = 81; }'
two='{ hostPort = 8082; containerPort = 82; }'

# The first port of the host: systemd has no map yet, so that a start has to make it.
configure true '' ''
apply
configure true "$one" ''
conex plan "$configuration" > /root/plan.log
grep -q 'systemd has nowhere to forward ports yet' /root/plan.log || fail "$(cat /root/plan.log)"
apply
expect 'boots' 2 "$(boots)"
lead() { [ "$(ports)" = "$1" ]; }
within 5 lead '8081-81 '

# From now on it is done around the running container.
configure true "$one $two" ''
apply
expect 'boots' 2 "$(boots)"
expect 'two ports' '8081-81 8082-82 ' "$(ports)"

# A restart for another reason, with a port that goes: nothing stays of it.
configure true "$two" 'tmpfs = [ "/scratch" ];'
apply
expect 'boots' 3 "$(boots)"
within 5 sh -c "nft list ruleset | grep -q 8082"
expect 'the other port' '8082-82 ' "$(ports)"

# One that was added live ends with `conex stop`.
configure true "$one $two" 'tmpfs = [ "/scratch" ];'
apply
expect 'two ports' '8081-81 8082-82 ' "$(ports)"
conex stop web
expect 'after conex stop' '' "$(ports)"
conex start web
within 5 sh -c "nft list ruleset | grep -q 8081"
expect 'after a start' '8081-81 8082-82 ' "$(ports)"

# systemctl leaves what was added live. That is told, and mended without a start.
configure true "$two" 'tmpfs = [ "/scratch" ];'
apply
expect 'one goes live' '8082-82 ' "$(ports)"
configure true "$one $two" 'tmpfs = [ "/scratch" ];'
apply
conex stop web
conex start web
configure false "$one $two { hostPort = 8083; }" 'tmpfs = [ "/scratch" ];'
apply
systemctl stop container@web.service
expect 'what systemd-nspawn leaves' '8083-8083 ' "$(ports)"
conex plan "$configuration" > /root/plan.log
grep -q 'tcp port 8083 to 10.77.0.2:8083: the container web does not run' /root/plan.log \
  || fail "$(cat /root/plan.log)"
apply
expect 'mended' '' "$(ports)"
refused systemctl is-active container@web.service

# A container that goes takes its ports along.
conex start web
configure false "$one $two { hostPort = 8083; } { hostPort = 8084; }" 'tmpfs = [ "/scratch" ];'
within 5 sh -c "nft list ruleset | grep -q 8083"
apply
expect 'all of them' '8081-81 8082-82 8083-8083 8084-8084 ' "$(ports)"
echo '{ }' > "$configuration"
apply
expect 'after it went' '' "$(ports)"

# So does one that is destroyed, also when it was stopped by hand before.
configure true "$one" ''
apply
configure true "$one $two" ''
apply
systemctl stop container@web.service
expect 'what systemd-nspawn leaves' '8082-82 ' "$(ports)"
conex destroy web --auto-approve > /root/log 2>&1 || fail "$(cat /root/log)"
expect 'after it was destroyed' '' "$(ports)"
