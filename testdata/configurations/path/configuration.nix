# A container whose system is built elsewhere and lies ready as a profile.
{
  systemd.containers.database = {
    path = "/nix/var/nix/profiles/per-container/database";
  };
}
