# error: 3:3-14 argument `hostAddress` is not given to this module
# A module function asks for what nobody gives.
{ hostAddress, ... }:

{
  containers.web = {
    privateNetwork = true;
    inherit hostAddress;
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
