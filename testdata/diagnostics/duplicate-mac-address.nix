{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    localMacAddress = "02:00:00:00:00:01";
    config = { };
  };
  containers.mail = {
    privateNetwork = true;
    hostBridge = "br0";
    localMacAddress = "02:00:00:00:00:01"; # warning: 23-42 duplicate-mac-address
    config = { };
  };
}
