{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [
      {
        hostPort = 8080;
        containerPort = 80;
      }
    ];
    config = { };
  };
}
