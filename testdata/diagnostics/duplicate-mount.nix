{
  containers.files = {
    bindMounts.music = {
      mountPoint = "/media";
      hostPath = "/srv";
    };
    bindMounts.photos = {
      mountPoint = "/media"; # warning: 20-28 duplicate-mount
      hostPath = "/home";
    };
    config = { };
  };
}
