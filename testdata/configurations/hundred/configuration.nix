# The fleet of ../ten/fleet.nix, 100 strong.
{
  imports = [ (import ../ten/fleet.nix { count = 100; }) ];
}
