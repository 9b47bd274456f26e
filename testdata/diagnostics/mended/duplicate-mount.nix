{
  containers.files = {
    bindMounts.music = {
      mountPoint = "/media";
      hostPath = "/srv";
    };
    bindMounts.photos = {
      mountPoint = "/photos";
      hostPath = "/home";
    };
    config = { };
  };
}
