# Bind mounts by mount point and by label.
{
  containers.files = {
    bindMounts = {
      # The name is the mount point.
      "/data" = {
        hostPath = "/srv";
        isReadOnly = false;
      };
      # The same path on both sides, read-only.
      "/home" = { };
      # A label; the mount point is given.
      logs = {
        mountPoint = "/var/log/host";
        hostPath = "/var/log";
        isReadOnly = true;
      };
    };
    bindMounts.media = {
      mountPoint = "/media";
      hostPath = "/media";
    };
    config.services.samba.enable = true;
  };
}
