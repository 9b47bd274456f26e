{
  containers.web = {
    privateNetwork = true;
    hostAddress = "10.1.0.1";
    localAddress = "10.1.0.2";
    config = { };
  };
  containers.mail = {
    privateNetwork = true;
    hostAddress = "10.1.0.1";
    localAddress = "10.1.0.3";
    config = { };
  };
}
