# One container under both names, with priorities, conditions and what only conex knows.
{ lib, ... }:
{
  systemd.containers.web = {
    autoStart = true;
    privateNetwork = lib.mkDefault false;
    limits = {
      memoryMax = "2G";
      cpuWeight = 50;
    };
    dependsOn = [ "db" ];
    config = {
      services.web.enable = true;
      options = "a word that modules have a meaning for";
    };
  };
  containers.web.privateNetwork = true;
  containers.db = lib.mkIf true {
    limits.tasksMax = 100;
    config = { };
  };
  systemd.containers.none = lib.mkIf false { autoStart = true; };
}
