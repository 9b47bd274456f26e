# The host of the end-to-end test of a switch.
{
  containers.db = {
    autoStart = true;
    config = { };
  };
  systemd.containers.web = {
    autoStart = true;
    config = { };
    updateStrategy = "reload";
  };
  containers.files = {
    autoStart = true;
    config = { };
    updateStrategy = "reload";
  };
  containers.mail.config = { };
  virtualisation.conex.preview.protect = [ "db" ];
}
