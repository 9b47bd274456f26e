#!/usr/bin/env bash
# A host laid out as NixOS: /etc/systemd/system is a link into the store. Nothing was added
# to systemd's search path yet, so conex has nowhere to write units and says what to add.
. /e2e/lib.sh

generation=/nix/store/00000000000000000000000000000000-etc
mkdir -p $generation/systemd
cp -a /etc/systemd/system $generation/systemd/system
printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n' \
  > $generation/systemd/system/container@declared.service
rm -rf /etc/systemd/system
ln -s $generation /etc/static
ln -s /etc/static/systemd/system /etc/systemd/system
systemctl daemon-reload

built=$(system web)
configure() {
  printf '{ containers.%s = { autoStart = true; path = "%s"; }; }\n' "$1" "$built" \
    > /root/configuration.nix
}
configure web
! conex plan /root/configuration.nix > /root/plan.log 2>&1 || fail "$(cat /root/plan.log)"
grep -q 'boot.extraSystemdUnitPaths' /root/plan.log || fail "$(cat /root/plan.log)"
# It can be looked at all the same.
conex status | grep -q '^declared '
! conex plan /root/configuration.nix --unit-dir /srv/units > /root/plan.log 2>&1 \
  || fail 'a directory that systemd does not search'
grep -q 'systemd does not look for units in /srv/units' /root/plan.log || fail "$(cat /root/plan.log)"

# What `boot.extraSystemdUnitPaths` comes to on NixOS.
mkdir -p /etc/systemd/system.conf.d
printf '[Manager]\nManagerEnvironment=SYSTEMD_UNIT_PATH=/etc/systemd-mutable/system:\n' \
  > /etc/systemd/system.conf.d/conex.conf
sync
