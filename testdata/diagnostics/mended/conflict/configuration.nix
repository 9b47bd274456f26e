{
  imports = [ ./site.nix ];
  containers.web = {
    timeoutStartSec = "90s";
    config = { };
  };
}
