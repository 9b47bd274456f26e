{
  imports = [ ./web.nix ];
  networking.hostName = "house";
  containers.mail = {
    path = "/nix/var/nix/profiles/per-container/mail";
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
  };
}
