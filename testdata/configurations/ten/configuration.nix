# The fleet of ./fleet.nix, 10 strong.
{
  imports = [ (import ./fleet.nix { count = 10; }) ];
}
