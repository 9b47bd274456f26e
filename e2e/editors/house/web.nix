{ config, ... }:
{
  containers.web = {
    autostart = true;
    path = "/nix/var/nix/profiles/per-container/web";
    privateNetwork = true;
    hostAddress = config.containers.mail.hostAddress;
    localAddress = "10.77.0.2";
    forwardPorts = [ { hostPort = 80; protocol = "http"; } ];
  };
}
