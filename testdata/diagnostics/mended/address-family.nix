{
  containers.web = {
    privateNetwork = true;
    hostAddress6 = "fd01::1";
    localAddress6 = "fd01::2";
    config = { };
  };
}
