{
  nix.enable = false;
  containers.web.config = { services.nginx.enable = true; }; # error: 27-60 nix-disabled
}
