{
  containers.web = {
    privateNetwork = true;
    hostAddress6 = "fd01::1";
    localAddress6 = "10.1.0.2"; # error: 21-31 invalid-address
    config = { };
  };
}
