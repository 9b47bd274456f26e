{
  containers.git = {
    bindMounts."/var/lib/gitea" = {
      hostPath = "/srv";
      isReadOnly = false;
    };
    config.services.gitea.enable = true;
  };
}
