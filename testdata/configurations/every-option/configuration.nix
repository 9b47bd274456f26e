# Every option of a container, none at its default.
{
  boot.enableContainers = true;

  containers.routed = {
    autoStart = true;
    restartIfChanged = false;
    timeoutStartSec = "90s";
    ephemeral = true;
    root = "/srv/containers/routed";
    specialArgs.level = 3;
    privateNetwork = true;
    hostAddress = "10.50.0.1";
    hostAddress6 = "fd50::1";
    localAddress = "10.50.0.2";
    localAddress6 = "fd50::2";
    localMacAddress = "02:00:00:50:00:02";
    forwardPorts = [
      {
        protocol = "udp";
        hostPort = 5353;
        containerPort = 53;
      }
    ];
    interfaces = [ "eth7" ];
    macvlans = [ "eth8" ];
    extraVeths = {
      ve-side = {
        hostAddress = "10.51.0.1";
        localAddress = "10.51.0.2";
        hostAddress6 = "fd51::1";
        localAddress6 = "fd51::2";
      };
      ve-lan.hostBridge = "br-lan";
    };
    privateUsers = 524288;
    tmpfs = [
      "/tmp"
      "/var/cache:size=64M"
    ];
    allowedDevices = [
      {
        node = "/dev/fuse";
        modifier = "rwm";
      }
    ];
    enableTun = true;
    additionalCapabilities = [
      "CAP_NET_RAW"
      "CAP_SYS_TIME"
    ];
    extraFlags = [ "--drop-capability=CAP_SYS_CHROOT" ];
    config = { level, ... }: { environment.variables.LEVEL = toString level; };
  };

  # The ones that do not go together with those above.
  containers.bridged = {
    privateNetwork = true;
    hostBridge = "br0";
    localAddress = "10.52.0.2/24";
    privateUsers = "identity";
    bindMounts."/mnt" = {
      hostPath = "/mnt";
      isReadOnly = false;
    };
    config.services.nginx.enable = true;
  };

  containers.joined = {
    networkNamespace = "/run/netns/vpn";
    privateUsers = "no";
    path = "/nix/var/nix/profiles/per-container/joined";
  };
}
