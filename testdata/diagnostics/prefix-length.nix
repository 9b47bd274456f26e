{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.1.0.1/24"; # error: 19-32 unexpected-prefix-length
    localAddress = "10.1.0.2";
    config = { };
  };
}
