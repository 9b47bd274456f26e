{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { containerPort = 80; } ]; # error: 22-45 missing-value
    config = { };
  };
}
