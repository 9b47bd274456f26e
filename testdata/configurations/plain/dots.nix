{ ... }:
{
  config.containers.dots.config.services.nginx.enable = true;
}
