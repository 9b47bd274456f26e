{
  containers.web = {
    privateNetwork = true;
    interfaces = [ "enp2s0" ];
    config = { };
  };
  containers.dns = {
    privateNetwork = true;
    interfaces = [ "enp2s0" ]; # error: 20-28 duplicate-interface
    config = { };
  };
}
