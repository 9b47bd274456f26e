{
  containers.files = {
    bindMounts."/music".hostPath = "/srv";
    config = { };
  };
}
