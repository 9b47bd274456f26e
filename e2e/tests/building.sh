#!/usr/bin/env bash
# Systems that are not in the store: what conex evaluated is written into it and built by
# the installed Nix, a flake is built by it, and what a build prints is seen.
. /e2e/lib.sh

configuration=/root/configuration.nix
apply() { conex apply "$configuration" --auto-approve "$@" > /root/apply.log 2>&1; }
nothing_pending() { conex plan "$configuration" --detailed-exitcode "$@" > /root/plan.log 2>&1 || fail "something is pending: $(cat /root/plan.log)"; }

# A module, evaluated with a nixpkgs. The store has none of its derivations.
cat > "$configuration" << 'END'
{ pkgs, ... }: {
  containers.mini.config = {
    environment.systemPackages = [ (pkgs.make "noisy" { } "echo what the build says >&2; mkdir $out") ];
  };
}
END
conex plan "$configuration" --nixpkgs /nixpkgs-mini > /root/plan.log
planned=$(sed -n 's,.*path *= "\(/nix/store/[^"]*-nixos-system-mini[^"]*\)".*,\1,p' /root/plan.log | head -n 1)
test -n "$planned"
test ! -e "$planned"
refused test -e "$(ls -d /nix/store/*nixos-system-mini*.drv)"
apply --nixpkgs /nixpkgs-mini || fail "$(cat /root/apply.log)"
test -e "$planned/is-container"
grep -q 'containers.mini.system: .*what the build says' /root/apply.log || fail "$(cat /root/apply.log)"
expect 'the conf' "$planned" "$(sed -n 's/^SYSTEM_PATH=//p' /etc/nixos-containers/mini.conf)"
expect 'a reference of it' 1 "$(nix-store --query --references "$planned" | grep -c noisy)"
nothing_pending --nixpkgs /nixpkgs-mini

# A build that fails: why is told, and nothing of the container is made.
sed -i 's/mkdir $out"/echo the reason >\&2; exit 3"/; s/"noisy"/"failing"/; s/mini/broken/' "$configuration"
! apply --nixpkgs /nixpkgs-mini || fail 'built what fails'
grep -q 'the reason' /root/apply.log || fail "$(cat /root/apply.log)"
test ! -e /etc/nixos-containers/broken.conf
echo '{ }' > "$configuration"
apply || fail "$(cat /root/apply.log)"

# A flake, built by the installed Nix whose configuration allows none.
flake() {
  mkdir -p /root/flake
  cp /e2e/guest/build-system /e2e/guest/boot-busybox /root/flake
  cat > /root/flake/flake.nix << END
{
  outputs = { self }: {
    nixosConfigurations.container.config.system.build.toplevel = derivation {
      name = "system-flaky-$1";
      system = "$(nix-instantiate --eval -E builtins.currentSystem | tr -d '"')";
      builder = "$(readlink -f /etc/e2e/busybox)/bin/busybox";
      args = [ "sh" ./build-system ];
      busybox = "$(readlink -f /etc/e2e/busybox)/bin/busybox";
      notify = "$(readlink -f /etc/e2e/notify)/bin/notify";
      boot = ./boot-busybox;
      version = "$1";
      kind = "busybox";
    };
  };
}
END
}
flake 1
echo '{ containers.flaky = { autoStart = true; flake = "path:/root/flake"; }; }' > "$configuration"
apply || fail "$(cat /root/apply.log)"
machinectl list --no-legend | grep -q '^flaky '
expect 'boots' 1 "$(wc -l < "$(root_of flaky)/var/log/boots")"
grep -q '^FLAKE=path:/root/flake$' /etc/nixos-containers/flaky.conf
nothing_pending

# One that is in no configuration is built again by each update, and reloaded.
conex create made --flake path:/root/flake --auto-start > /root/log 2>&1 || fail "$(cat /root/log)"
before=$(started made)
flake 2
conex update made > /root/log 2>&1 || fail "$(cat /root/log)"
expect 'PID 1' "$before" "$(started made)"
expect 'the activation' '2 test' "$(cut -d' ' -f1-2 "$(root_of made)/var/log/activations" | tail -n 1)"
conex update made > /root/log 2>&1 || fail "$(cat /root/log)"
grep -q 'No changes' /root/log || fail "$(cat /root/log)"
nothing_pending
