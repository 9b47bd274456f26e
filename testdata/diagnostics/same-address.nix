{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.1.0.1";
    localAddress = "10.1.0.1"; # warning: 20-30 same-address
    config = { };
  };
}
