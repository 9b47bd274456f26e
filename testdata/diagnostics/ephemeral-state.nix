{
  containers.db = {
    ephemeral = true; # warning: 17-21 ephemeral-state
    bindMounts."/var/lib/postgresql" = {
      hostPath = "/srv";
      isReadOnly = true;
    };
    config.services.postgresql.enable = true;
  };
}
