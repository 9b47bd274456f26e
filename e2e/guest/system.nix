# A small system of a container, built offline by the Nix of the host.
#
#   kind = "busybox"  a shell script is PID 1 and everything else is busybox
#   kind = "bare"     the same, without the tools to set up a network
#   kind = "systemd"  the host's own systemd boots, from a /usr bound into the container
#
# As a NixOS, it has `init` and `bin/switch-to-configuration`. Each boot and each
# activation leaves a line in /var/log/boots and /var/log/activations.
{
  name,
  kind ? "busybox",
  version ? "1",
}:
derivation {
  name = "system-${name}-${version}";
  system = builtins.currentSystem;
  builder = "${builtins.storePath /etc/e2e/busybox}/bin/busybox";
  args = [
    "sh"
    ./build-system
  ];
  busybox = "${builtins.storePath /etc/e2e/busybox}/bin/busybox";
  notify = "${builtins.storePath /etc/e2e/notify}/bin/notify";
  boot = if kind == "systemd" then ./boot-systemd else ./boot-busybox;
  inherit kind version;
}
