{
  containers.files = {
    bindMounts."/music".hostPath = "/no/such/directory"; # warning: 36-56 missing-bind-source
    config = { };
  };
}
