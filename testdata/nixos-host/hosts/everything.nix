{
  containers.db = {
    autoStart = true;
    config = { };
    # Each option that NixOS has in a place of its own.
    privateNetwork = true;
    hostBridge = "br0";
    localAddress = "10.0.0.2/24";
    forwardPorts = [ { hostPort = 80; } ];
    bindMounts."/data" = {
      hostPath = "/srv/data";
      isReadOnly = false;
    };
    extraVeths.extra.localAddress = "10.1.0.2";
    enableTun = true;
    extraFlags = [ "--quiet" ];
    privateUsers = "pick";
    tmpfs = [ "/tmp" ];
  };
  systemd.containers.built = {
    flake = "github:example/example";
    timeoutStartSec = "5min";
  };
  virtualisation.conex.preview.protect = [ "*" ];
  containers.web = {
    path = "/nix/var/nix/profiles/web";
    updateStrategy = "reload";
  };
}
