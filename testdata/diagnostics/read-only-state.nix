{
  containers.git = {
    bindMounts."/var/lib/gitea" = { # warning: 16-32 read-only-state
      hostPath = "/srv";
    };
    config.services.gitea.enable = true;
  };
}
