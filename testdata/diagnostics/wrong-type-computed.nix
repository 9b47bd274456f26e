let
  port = "http";
in
{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = port; } ]; # error: 35-39 wrong-type
    config = { };
  };
}
