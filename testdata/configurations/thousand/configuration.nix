# The fleet of ../ten/fleet.nix, 1000 strong.
{
  imports = [ (import ../ten/fleet.nix { count = 1000; }) ];
}
