{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    localAddress = "10.1.0.2/24";
    config = { };
  };
}
