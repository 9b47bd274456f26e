{
  imports = [ ./hosts/house.nix ];
}
