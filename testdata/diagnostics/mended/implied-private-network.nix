{
  containers.web = {
    privateNetwork = true;
    macvlans = [ "eth0" ];
    config = { };
  };
}
