{
  containers.web.config = {
    imports = [ ./site.nix ]; # error: 17-27 missing-file
    services.nginx.enable = true;
  };
}
