{
  containers.web = {
    macvlans = [ "eth0" ]; # warning: 16-26 implied-private-network
    config = { };
  };
}
