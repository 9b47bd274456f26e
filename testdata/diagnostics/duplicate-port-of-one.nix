{ lib, ... }:
{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = 443; } ] ++ lib.singleton { hostPort = 443; }; # error: 74-77 duplicate-port
    config = { };
  };
}
