{
  containers.web = {
    privateNetwork = false;
    hostBridge = "br0"; # warning: 18-23 needs-private-network
    config = { };
  };
}
