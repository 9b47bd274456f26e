# What does not hold is told.
{
  systemd.containers.web = {
    root = "/srv/web";
    dependsOn = [ "nobody" ];
  };
  virtualisation.conex.preview = {
    enable = false;
    protect = [ "web" ];
  };
}
