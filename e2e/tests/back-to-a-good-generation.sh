#!/usr/bin/env bash
# Each apply is a generation to come back to. A container that ran and does not start after
# an update runs again as before, and what is kept of a generation no garbage collection
# takes.
. /e2e/lib.sh

configuration=/root/configuration.nix
first=$(system web busybox 1)
second=$(system web busybox 2)
# It neither boots nor activates.
mkdir -p /root/broken/bin
printf '#!/nonexistent\n' | tee /root/broken/init > /root/broken/bin/switch-to-configuration
chmod +x /root/broken/init /root/broken/bin/switch-to-configuration
broken=$(nix-store --add /root/broken)

# configure SYSTEM [OPTIONS]
configure() {
  cat > "$configuration" << END
{
  containers.web = { autoStart = true; path = "$1"; timeoutStartSec = "20s"; $2 };
  containers.other = { autoStart = true; path = "$first"; };
}
END
}

apply() { conex apply "$configuration" --auto-approve "$@" > /root/apply.log 2>&1; }
succeeds() { "$@" || fail "$(cat /root/apply.log)"; }
fails() { ! "$@" || fail "it did not fail: $(cat /root/apply.log)"; }
says() { grep -q -- "$1" /root/apply.log || fail "it does not say \"$1\": $(cat /root/apply.log)"; }
runs() { expect 'the system that runs' "$1" "$(grep -o '/nix/store/[^ ]*' "$(root_of web)/var/log/activations" 2> /dev/null | tail -n 1)"; }
newest() { conex history | head -n 1; }

configure "$first" ''
succeeds apply
says 'This is generation 1'
other=$(started other)

# A reload that fails.
web=$(started web)
configure "$broken" ''
fails apply
says 'containers\.web: rolled back to generation 1'
expect 'PID 1 after a reload' "$web" "$(started web)"
runs "$first"
grep -q "SYSTEM_PATH=$first" /etc/nixos-containers/web.conf
! conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail 'nothing is left to do'
newest | grep -q 'automatic rollback of web to generation 1' || fail "$(conex history)"

# A restart that fails.
configure "$broken" 'tmpfs = [ "/scratch" ];'
fails apply
says 'containers\.web: rolled back to generation'
systemctl is-active --quiet container@web.service || fail "$(cat /root/apply.log)"
[ "$web" != "$(started web)" ] || fail 'it was not restarted'
! grep -q scratch /etc/systemd/system/container@web.service || fail 'the unit is the new one'
configure "$first" ''
conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail "$(cat /root/plan.log)"

# Nobody wants it to be put back: it stays as it is.
configure "$broken" 'tmpfs = [ "/scratch" ];'
fails apply --no-rollback
refused systemctl is-active --quiet container@web.service
grep -q scratch /etc/systemd/system/container@web.service
expect 'PID 1 of the other one' "$other" "$(started other)"

# Forward, and back by hand: the configuration is not asked.
configure "$first" ''
succeeds apply
configure "$second" ''
succeeds apply
runs "$second"
last=$(newest | awk '{ print $2 }')
rm "$configuration"
succeeds conex rollback 1 --auto-approve > /root/apply.log 2>&1
runs "$first"
succeeds conex rollback "$last" --auto-approve > /root/apply.log 2>&1
runs "$second"
conex diff 1 "$last" > /root/diff.log || fail "$(cat /root/diff.log)"
grep -q "$second" /root/diff.log || fail "$(cat /root/diff.log)"
expect 'generation 1 against itself' 0 "$(conex diff 1 1 | grep -c "$first" || true)"

# The garbage collector leaves what generations have, and takes what nothing has.
garbage=$(system garbage busybox 1)
unlink=$(nix-store --query --roots "$broken" | wc -l)
nix-store --gc > /dev/null 2>&1
test -e "$first" && test -e "$second" && test ! -e "$garbage"
[ "$unlink" -gt 0 ] || fail 'the system that failed is not kept'
