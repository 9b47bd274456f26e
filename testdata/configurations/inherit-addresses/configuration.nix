# Values taken over by `inherit`, from a let block and from a set.
let
  hostAddress = "10.10.0.1";
  localAddress = "10.10.0.2";
  ipv6 = {
    hostAddress6 = "fd10::1";
    localAddress6 = "fd10::2";
  };
  common = {
    autoStart = true;
    privateNetwork = true;
    timeoutStartSec = "3min";
  };
in
{
  containers.mail = common // {
    inherit hostAddress localAddress;
    inherit (ipv6) hostAddress6 localAddress6;
    config.services.postfix.enable = true;
  };
}
