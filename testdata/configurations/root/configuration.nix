# A container with its files on another disk.
{ ... }:

{
  systemd.containers.archive = {
    root = "/srv/containers/archive";
    config = {
      services.rsyncd.enable = true;
      system.stateVersion = "26.05";
    };
  };
}
