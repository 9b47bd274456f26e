let
  zones = {
    lan = "10.1.0.1";
  };
in
{
  containers.web = {
    privateNetwork = true;
    hostAddress = zones.lan;
    localAddress = "10.1.0.2";
    config = { };
  };
}
