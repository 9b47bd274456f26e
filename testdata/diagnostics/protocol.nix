{
  containers.dns = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [
      {
        hostPort = 53;
        protocol = "UDP"; # error: 20-25 unknown-protocol
      }
    ];
    config = { };
  };
}
