{ lib, ... }:

{
  containers.app = {
    privateNetwork = lib.mkDefault true;
    timeoutStartSec = lib.mkDefault "10min";
    autoStart = true;
    interfaces = [ "eth2" ];
    extraFlags = lib.mkAfter [ "--last" ];
    tmpfs = lib.mkDefault [ "/tmp" ];
    bindMounts."/data" = {
      hostPath = lib.mkDefault "/opt";
      isReadOnly = true;
    };
  };
}
