{ lib, ... }:

{
  containers.app = lib.mkMerge [
    {
      interfaces = lib.mkAfter [ "eth3" ];
      extraFlags = lib.mkBefore [ "--first" ];
      bindMounts."/data".hostPath = "/srv";
    }
    (lib.mkIf true {
      additionalCapabilities = lib.mkOrder 1200 [ "CAP_SYS_TIME" ];
    })
    {
      additionalCapabilities = [ "CAP_NET_RAW" ];
      tmpfs = lib.mkOverride 1000 [ "/run/user" ];
    }
  ];
}
