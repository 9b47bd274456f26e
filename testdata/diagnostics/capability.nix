{
  containers.vpn = {
    additionalCapabilities = [ "NET_ADMIN" ]; # error: 32-43 unknown-capability
    config = { };
  };
}
