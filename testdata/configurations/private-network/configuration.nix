# A container on a network of its own, reached through the host.
{
  networking.nat = {
    enable = true;
    internalInterfaces = [ "ve-resolver" ];
    externalInterface = "enp3s0";
  };

  systemd.containers.resolver = {
    privateNetwork = true;
    hostAddress = "10.231.136.1";
    localAddress = "10.231.136.2";
    hostAddress6 = "fd00:231::1";
    localAddress6 = "fd00:231::2";
    config = {
      services.unbound.enable = true;
      networking.firewall.allowedUDPPorts = [ 53 ];
    };
  };
}
