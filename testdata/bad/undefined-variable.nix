# error: 9:19-29 undefined variable `hostAdress`
# A variable misspelt.
let
  hostAddress = "10.0.0.1";
in
{
  containers.web = {
    privateNetwork = hostAddress != null;
    hostAddress = hostAdress;
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
