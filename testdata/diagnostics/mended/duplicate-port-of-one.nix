{ lib, ... }:
{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = 443; } ] ++ lib.singleton { hostPort = 80; };
    config = { };
  };
}
