{
  containers.db = {
    ephemeral = true;
    bindMounts."/var/lib/postgresql" = {
      hostPath = "/srv";
      isReadOnly = false;
    };
    config.services.postgresql.enable = true;
  };
}
