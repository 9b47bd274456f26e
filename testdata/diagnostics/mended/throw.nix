let
  address = zone: if zone == "lan" then "10.1.0.1" else throw "there is no zone ${zone}";
in
{
  containers.web = {
    privateNetwork = true;
    hostAddress = address "lan";
    localAddress = "10.1.0.2";
    config = { };
  };
}
