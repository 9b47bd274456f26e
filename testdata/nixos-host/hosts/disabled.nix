# A host that is not prepared for containers makes no units of them.
{
  boot.enableContainers = false;
  systemd.containers.web = {
    config = { };
    updateStrategy = "reload";
    limits.memoryMax = "1G";
  };
}
