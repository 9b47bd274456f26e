{
  containers.plain.config.services.nginx.enable = true;
  imports = [ ./dots.nix ];
}
