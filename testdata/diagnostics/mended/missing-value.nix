{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = 80; } ];
    config = { };
  };
}
