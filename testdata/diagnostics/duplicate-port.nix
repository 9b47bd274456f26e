{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = 80; } ];
    config = { };
  };
  containers.wiki = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = 80; } ]; # warning: 35-37 duplicate-port
    config = { };
  };
}
