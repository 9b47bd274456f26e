{
  containers.files = {
    bindMounts."/music".hostPath = "/srv/my music"; # error: 36-51 spaces
    config = { };
  };
}
