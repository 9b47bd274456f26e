{
  containers.web = {
    privateNetwork = true;
    interfaces = [ "enp2s0" ];
    config = { };
  };
  containers.dns = {
    privateNetwork = true;
    interfaces = [ "enp3s0" ];
    config = { };
  };
}
