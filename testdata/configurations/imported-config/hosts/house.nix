# The container's configuration is a file of its own, beside the hosts.
{
  containers.web = {
    autoStart = true;
    config = import ../web/configuration.nix;
  };
  containers.staging = {
    config.imports = [ ../web/configuration.nix ];
  };
}
