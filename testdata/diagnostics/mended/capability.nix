{
  containers.vpn = {
    additionalCapabilities = [ "CAP_NET_ADMIN" ];
    config = { };
  };
}
