# Ports passed on, in every form of writing them.
let
  udp = hostPort: {
    protocol = "udp";
    inherit hostPort;
  };
in
{
  containers.proxy = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.20.0.1";
    localAddress = "10.20.0.2";
    forwardPorts = [
      {
        containerPort = 80;
        hostPort = 8080;
        protocol = "tcp";
      }
      { hostPort = 443; }
      (udp 443)
    ]
    ++ map udp [
      51820
      51821
    ];
    config.services.haproxy.enable = true;
  };
}
