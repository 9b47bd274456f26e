# What does not hold is told.
{
  systemd.containers.web = {
    config = { };
    root = "/srv/web";
    dependsOn = [ "nobody" ];
  };
  virtualisation.conex.preview = {
    enable = false;
    protect = [ "web" ];
  };
}
