{
  containers.web = {
    networkNamespace = "/run/netns/vpn";
    privateNetwork = true; # error: 22-26 namespace-conflict
    config = { };
  };
}
