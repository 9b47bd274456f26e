# error: 11:19-31 `containers.web.hostAddress` is not of type `null or string`
# A value that is computed elsewhere: the definition is at fault.
let
  network = {
    host = 10;
  };
in
{
  containers.web = {
    privateNetwork = true;
    hostAddress = network.host;
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
