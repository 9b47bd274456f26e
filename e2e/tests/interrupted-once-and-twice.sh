#!/usr/bin/env bash
# Ctrl-C while ten containers start: what runs comes to its end, nothing else is begun, and
# the next apply does the rest. A second one ends conex at once.
. /e2e/lib.sh

configuration=/root/configuration.nix
built=$(system web busybox 1)
for i in 0 1 2 3 4 5 6 7 8 9; do
  echo "containers.c$i = { autoStart = true; path = \"$built\"; };"
done | sed '1i {' | sed '$a }' > "$configuration"

begin() {
  conex apply "$configuration" --auto-approve --parallelism 1 > /root/apply.log 2>&1 &
  conex=$!
  within 20 grep -q 'containers\.c0\.service: ' /root/apply.log
}

begin
kill -INT "$conex"
status=0
wait "$conex" || status=$?
expect 'exit code' 1 "$status"
grep -q 'not begun, as it was interrupted' /root/apply.log || fail "$(cat /root/apply.log)"
systemctl is-active --quiet container@c0.service
refused systemctl is-active container@c9.service
test ! -e /var/lib/conex/journal.jsonl
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 || fail "$(cat /root/apply.log)"
conex plan "$configuration" --detailed-exitcode > /root/plan.log || fail "$(cat /root/plan.log)"

# Twice, while a container takes its time to start.
slow=$(mktemp -d)
printf '#!%s/bin/busybox sh\nexec %s/bin/busybox sleep 60\n' \
  "$(readlink -f /etc/e2e/busybox)" "$(readlink -f /etc/e2e/busybox)" > "$slow/init"
chmod +x "$slow/init"
sed -i '$d' "$configuration"
echo "containers.slow = { autoStart = true; path = \"$(nix-store --add "$slow")\"; }; }" >> "$configuration"
conex apply "$configuration" --auto-approve > /root/apply.log 2>&1 &
conex=$!
within 20 sh -c '[ "$(systemctl show -P ActiveState container@slow.service)" = activating ]'
kill -INT "$conex"
sleep 0.3
kill -INT "$conex"
status=0
wait "$conex" || status=$?
expect 'exit code' 130 "$status"
systemctl kill --signal=KILL container@slow.service || true
