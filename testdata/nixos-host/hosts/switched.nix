# The host of the end-to-end test of a switch.
{
  containers.db.autoStart = true;
  systemd.containers.web = {
    autoStart = true;
    updateStrategy = "reload";
  };
  containers.files = {
    autoStart = true;
    updateStrategy = "reload";
  };
  containers.mail = { };
  virtualisation.conex.preview.protect = [ "db" ];
}
