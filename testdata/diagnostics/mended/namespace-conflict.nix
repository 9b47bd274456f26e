{
  containers.web = {
    networkNamespace = "/run/netns/vpn";
    privateNetwork = false;
    config = { };
  };
}
