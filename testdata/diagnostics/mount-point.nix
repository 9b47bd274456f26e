{
  containers.files = {
    bindMounts.music = { # error: 16-21 invalid-path
      hostPath = "/srv";
    };
    config = { };
  };
}
