# conex on a NixOS host:
#
#   imports = [ /path/to/conex/nixos-modules ];
#
# NixOS goes on building, starting and stopping the containers; docs/nixos.md says what this
# adds.
{
  imports = [
    ./host/containers.nix
    ./host/conex.nix
    ./host/switch.nix
  ];
}
