{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    hostAddress = "10.1.0.1"; # warning: 19-29 bridge-and-host-address
    localAddress = "10.1.0.2/24";
    config = { };
  };
}
