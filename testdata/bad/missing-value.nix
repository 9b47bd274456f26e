# error: 8:22-45 `containers.web.forwardPorts.0.hostPort` has no value
# A required option left out.
{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.0.0.1";
    localAddress = "10.0.0.2";
    forwardPorts = [ { containerPort = 80; } ];
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
