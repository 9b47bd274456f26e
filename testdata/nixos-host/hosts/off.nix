{
  systemd.containers.web = {
    autoStart = true;
    config = { };
    limits.memoryMax = "1G";
  };
  virtualisation.conex.enable = false;
}
