{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [
      {
        hostPort = 8080;
        guestPort = 80; # error: 9-18 unknown-option
      }
    ];
    config = { };
  };
}
