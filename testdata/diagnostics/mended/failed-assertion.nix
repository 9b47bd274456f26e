{ config, ... }:
{
  assertions = [
    {
      assertion = config.containers ? backup;
      message = "Nothing makes backups.";
    }
  ];
  containers.backup.config = { };
}
