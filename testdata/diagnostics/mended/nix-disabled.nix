{
  nix.enable = true;
  containers.web.config = { services.nginx.enable = true; };
}
