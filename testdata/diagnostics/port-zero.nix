{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [
      {
        hostPort = 80;
        containerPort = 0; # error: 25-26 port-zero
      }
    ];
    config = { };
  };
}
