# error: 5:43-92 the address plan has no entry for web
# An error that the configuration itself raises.
let
  addresses.mail = "10.0.0.2";
  addressOf = name: addresses.${name} or (throw "the address plan has no entry for ${name}");
in
{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.0.0.1";
    localAddress = addressOf "web";
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
