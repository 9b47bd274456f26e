{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    config = { };
  };
}
