{
  containers.web = {
    bindMounts."/run/key".hostPath = "/nix/store/1b9p07z77phvv2hf6gm9f28syp39f1ag-database-password"; # warning: 38-101 readable-secret
    config = { };
  };
}
