{
  imports = [ ./site.nix ];
  containers.web = {
    timeoutStartSec = "5min";
    config = { };
  };
}
