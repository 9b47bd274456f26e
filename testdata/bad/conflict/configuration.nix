# Two files, two values. The error is reported in ./site.nix, with the definition here as related.
{
  imports = [ ./site.nix ];

  containers.web = {
    privateNetwork = true;
    hostAddress = "10.0.0.1";
    localAddress = "10.0.0.3";
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
