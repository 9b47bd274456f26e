{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [
      {
        hostPort = 80;
        containerPort = 8080;
      }
    ];
    config = { };
  };
}
