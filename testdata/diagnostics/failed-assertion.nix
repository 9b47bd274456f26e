{ config, ... }:
{
  assertions = [
    { # error: 5 failed-assertion
      assertion = config.containers ? backup;
      message = "Nothing makes backups.";
    }
  ];
  containers.web.config = { };
}
