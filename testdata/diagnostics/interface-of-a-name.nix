{
  containers.web = {
    privateNetwork = true;
    localAddress = "10.1.0.2";
    config = { };
  };
  containers.dns = {
    privateNetwork = true;
    extraVeths.ve-web = { }; # error: 16-22 duplicate-interface
    config = { };
  };
}
