{
  containers.dns = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [
      {
        hostPort = 53;
        protocol = "udp";
      }
    ];
    config = { };
  };
}
