{
  containers.files = {
    privateUsers = "identity";
    bindMounts."/data".hostPath = "/srv";
    config = { };
  };
}
