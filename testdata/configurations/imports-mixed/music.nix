{ ... }:

{
  containers.music = {
    config.services.navidrome.enable = true;
    bindMounts."/music".hostPath = "/srv";
  };
}
