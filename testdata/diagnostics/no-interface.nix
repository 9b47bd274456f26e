{
  containers.web = {
    privateNetwork = true; # warning: 22-26 no-interface
    config = { };
  };
}
