let
  port = 80;
in
{
  containers.web = {
    privateNetwork = true;
    hostBridge = "br0";
    forwardPorts = [ { hostPort = port; } ];
    config = { };
  };
}
