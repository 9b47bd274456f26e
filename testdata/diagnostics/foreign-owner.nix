{
  containers.files = {
    privateUsers = "pick";
    bindMounts."/data".hostPath = "/srv"; # warning: 35-41 foreign-owner
    config = { };
  };
}
