{
  systemd.containers.web = {
    autoStart = true;
    limits.memoryMax = "1G";
  };
  virtualisation.conex.enable = false;
}
