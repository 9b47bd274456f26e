# error: 10:20-25 `containers.web.forwardPorts.1.hostPort` is not of type `16 bit unsigned integer; between 0 and 65535 (both inclusive)`
# A port out of range, in the second entry of a list.
{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.0.0.1";
    localAddress = "10.0.0.2";
    forwardPorts = [
      { hostPort = 80; }
      { hostPort = 99999; }
    ];
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
