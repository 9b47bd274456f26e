# The options of NixOS containers, declared once: conex reads this file for types, defaults and
# documentation, and a NixOS host can import it (see README.md here).
#
# What is said about an option for conex alone stands beside it, in `conex`:
#   since       the NixOS release that first had the option; null for what only conex has
#   disruption  the gentlest way a change reaches a running container:
#               "none" < "live" < "reload" < "restart" < "recreate"
#   compilesTo  the nspawn flag, conf key or unit setting it becomes
#   aliasOf     another name of the option at this path: one set, whichever is written
# and `conexRemoved` is the advice for an option that is no more.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf types;

  # An option with what conex has to know about it.
  option = conex: declaration: lib.mkOption declaration // { inherit conex; };

  fact = since: disruption: compilesTo: { inherit since disruption compilesTo; };

  # An option that NixOS does not have.
  own = fact null;

  # The NixOS configuration of a container is built as a system of its own. Here its
  # definitions are only collected.
  toplevel =
    types.conexToplevel or (lib.mkOptionType {
      name = "Toplevel NixOS config";
      merge = _: defs: { imports = map (def: def.value) defs; };
    });

  addressOption =
    since: disruption: conf: example: description:
    option (fact since disruption conf) {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };

  # Of a container, and of each of its extra virtual Ethernet pairs.
  networkOptions = {
    hostBridge = option (fact "16.03" "live" "HOST_BRIDGE=") {
      type = types.nullOr types.str;
      default = null;
      example = "br0";
      description = ''
        The bridge on the host that the host's end of the container's virtual Ethernet pair
        joins. Use either this or the host addresses, not both.
      '';
    };

    forwardPorts = option (fact "17.03" "live" "HOST_PORT=") {
      type = types.listOf (types.submodule { options = portOptions; });
      default = [ ];
      example = [
        {
          protocol = "tcp";
          hostPort = 8080;
          containerPort = 80;
        }
      ];
      description = ''
        Ports of the host that are passed on to the container. Needs a private network. The
        port can be reached from outside the host only; on extra pairs the list has no effect.
      '';
    };

    hostAddress = addressOption "14.04" "live" "HOST_ADDRESS=" "10.231.136.1" ''
      The IPv4 address of the host's end of the pair, without a prefix length. Not given to the
      host when it is on a bridge.
    '';

    hostAddress6 = addressOption "16.03" "live" "HOST_ADDRESS6=" "fc00::1" ''
      The IPv6 address of the host's end of the pair, without a prefix length. Not given to the
      host when it is on a bridge.
    '';

    localAddress = addressOption "14.04" "restart" "LOCAL_ADDRESS=" "10.231.136.2" ''
      The IPv4 address of the container's end of the pair. Without a prefix length it is a /32;
      on a bridge, give the prefix length of the bridge's network.
    '';

    localAddress6 = addressOption "16.03" "restart" "LOCAL_ADDRESS6=" "fc00::2" ''
      The IPv6 address of the container's end of the pair. Without a prefix length it is a
      /128; on a bridge, give the prefix length of the bridge's network.
    '';

    localMacAddress = option (fact "26.05" "restart" "LOCAL_MAC_ADDRESS=") {
      type = types.nullOr (types.strMatching "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
      default = null;
      example = "02:00:00:12:34:56";
      description = ''
        The hardware address of the container's end of the pair. Left to systemd when null:
        it is then the same at every start. On extra pairs it has no effect.
      '';
    };
  };

  portOptions = {
    protocol = option (fact "17.03" "live" "HOST_PORT=") {
      type = types.str;
      default = "tcp";
      example = "udp";
      description = "The protocol: `tcp` or `udp`.";
    };
    hostPort = option (fact "17.03" "live" "HOST_PORT=") {
      type = types.port;
      example = 8080;
      description = "The port on the host.";
    };
    containerPort = option (fact "17.03" "live" "HOST_PORT=") {
      type = types.nullOr types.port;
      default = null;
      example = 80;
      description = "The port in the container; that of the host when null.";
    };
  };

  limit =
    setting: type: example: description:
    option (own "live" "${setting}=") {
      type = types.nullOr type;
      default = null;
      inherit example description;
    };

  # Bytes, with a unit if need be, a share of the host's memory or `infinity`.
  amount = types.either types.ints.positive (
    types.strMatching "[1-9][0-9]*([.][0-9]+)?[KMGTPE]?|([1-9]|[1-9][0-9]|100)([.][0-9]{1,2})?%|infinity"
  );
  weight = types.ints.between 1 10000;

  limitOptions = {
    cpuQuota = limit "CPUQuota" (types.strMatching "([1-9][0-9]*([.][0-9]{1,2})?|0[.][0-9]{1,2})%") "150%" ''
      The time on processors, in percent of one of them.
    '';
    cpuWeight = limit "CPUWeight" weight 50 ''
      The share of the processors when there is not enough for all; 100 is the usual one.
    '';
    ioWeight = limit "IOWeight" weight 50 ''
      The share of the disks when there is not enough for all; 100 is the usual one.
    '';
    memoryHigh = limit "MemoryHigh" amount "1500M" ''
      The memory above which the container is slowed down and has to give some back.
    '';
    memoryMax = limit "MemoryMax" amount "2G" ''
      The memory that it can not go beyond: processes are killed instead.
    '';
    memorySwapMax = limit "MemorySwapMax" amount "1G" ''
      The swap space that it may use.
    '';
    tasksMax = limit "TasksMax" (types.either types.ints.positive (types.enum [ "infinity" ])) 4096 ''
      The number of processes and threads.
    '';
  };

  bindMount =
    { name, ... }:
    {
      options = {
        mountPoint = option (fact "15.09" "live" "--bind=") {
          type = types.str;
          example = "/mnt/usb";
          description = "Where it appears in the container. The attribute's name unless given.";
        };
        hostPath = option (fact "15.09" "live" "--bind=") {
          type = types.nullOr types.str;
          default = null;
          example = "/home/alice";
          description = "The file or directory of the host; the mount point's path when null.";
        };
        isReadOnly = option (fact "15.09" "live" "--bind-ro=") {
          type = types.bool;
          default = true;
          description = "Whether the container can only read it.";
        };
      };
      config.mountPoint = mkDefault name;
    };

  allowedDevice.options = {
    node = option (fact "17.03" "restart" "DeviceAllow=") {
      type = types.str;
      example = "/dev/net/tun";
      description = "The device node, or a class of devices such as `char-pts`.";
    };
    modifier = option (fact "17.03" "restart" "DeviceAllow=") {
      type = types.str;
      example = "rw";
      description = ''
        What the container may do with the device: any of `r` (read), `w` (write) and `m` (make
        the node).
      '';
    };
  };

  container =
    {
      config,
      name,
      options,
      ...
    }:
    {
      options = {
        config = option (fact "13.10" "reload" "SYSTEM_PATH=") {
          type = toplevel;
          description = ''
            The NixOS configuration of the container: a module, as on any NixOS machine. The
            container is a system of its own and takes nothing over from the host's
            configuration.
          '';
          example = lib.literalExpression ''
            { pkgs, ... }:
            {
              services.postgresql.enable = true;
              system.stateVersion = "26.05";
            }
          '';
        };

        path = option (fact "13.10" "reload" "SYSTEM_PATH=") {
          type = types.path;
          example = "/nix/var/nix/profiles/per-container/webserver";
          description = ''
            The built NixOS system of the container, or a profile that leads to one, instead of
            a configuration. Follows from `config` when that is given.
          '';
        };

        root = option (fact "13.10" "recreate" "--directory=") {
          type = types.path;
          defaultText = lib.literalExpression ''"/var/lib/nixos-containers/''${name}"'';
          example = "/srv/containers/webserver";
          description = "The directory on the host that is the root of the container's files.";
        };

        flake = option (fact "25.11" "reload" "FLAKE=") {
          type = types.nullOr types.str;
          default = null;
          example = "github:example/config/main";
          description = ''
            The flake whose NixOS configuration named like the container is used, in place of
            `config` and `path`. It is evaluated when the container first starts.
          '';
        };

        nixpkgs = option (fact "21.05" "reload" "SYSTEM_PATH=") {
          type = types.path;
          default = pkgs.path;
          defaultText = lib.literalExpression "pkgs.path";
          description = "The nixpkgs that `config` is evaluated with; the host's unless given.";
        };

        specialArgs = option (fact "23.05" "reload" "SYSTEM_PATH=") {
          type = types.attrsOf types.unspecified;
          default = { };
          example = lib.literalExpression "{ inherit inputs; }";
          description = ''
            Arguments for the modules of `config`, beside the usual ones. Unlike others, they
            can be used in `imports`.
          '';
        };

        pkgs =
          option (fact "20.09" "reload" null) {
            visible = false;
            internal = true;
            description = "Removed.";
            apply = _: throw removedPkgs;
          }
          // {
            conexRemoved = removedPkgs;
          };

        autoStart = option (fact "14.04" "none" "WantedBy=") {
          type = types.bool;
          default = false;
          description = ''
            Whether the container starts with the host. Only then does a change of the host's
            configuration restart it.
          '';
        };

        restartIfChanged = option (fact "23.11" "none" "X-RestartIfChanged=") {
          type = types.bool;
          default = true;
          description = ''
            Whether the container is restarted when what it was started with has changed. Has
            no effect unless `autoStart` is set.
          '';
        };

        timeoutStartSec = option (fact "19.09" "none" "TimeoutStartSec=") {
          type = types.str;
          default = "1min";
          example = "5min 20s";
          description = ''
            How long the start may take before it counts as failed, in the notation of
            {manpage}`systemd.time(7)`. Raise it for a large configuration or a slow machine.
          '';
        };

        ephemeral = option (fact "20.03" "restart" "--ephemeral") {
          type = types.bool;
          default = false;
          description = ''
            Whether the container starts with an empty root directory each time. What it wrote
            is lost at its stop, except in bind mounts.
          '';
        };

        privateNetwork = option (fact "14.04" "restart" "--private-network") {
          type = types.bool;
          default = false;
          description = ''
            Whether the container has a network of its own, joined to the host's by a virtual
            Ethernet pair when there is an address or a bridge for it. Without it, the container
            shares the host's interfaces.
          '';
        };

        networkNamespace = option (fact "25.05" "restart" "--network-namespace-path=") {
          type = types.nullOr types.path;
          default = null;
          example = "/run/netns/vpn";
          description = ''
            A network namespace that the container joins. Can not be had together with a private
            network or with interfaces.
          '';
        };

        interfaces = option (fact "14.12" "restart" "--network-interface=") {
          type = types.listOf types.str;
          default = [ ];
          example = [ "eth1" ];
          description = ''
            Interfaces of the host that are moved into the container. They are away from the
            host as long as it runs. Implies a private network.
          '';
        };

        macvlans = option (fact "16.03" "restart" "--network-macvlan=") {
          type = types.listOf types.str;
          default = [ ];
          example = [ "eth1" ];
          description = ''
            Interfaces of the host of which the container gets a macvlan, named `mv-` and the
            interface. Implies a private network.
          '';
        };

        extraVeths = option (fact "16.09" "restart" "--network-veth-extra=") {
          type = types.attrsOf (types.submodule { options = networkOptions; });
          default = { };
          example = {
            ve-backup.hostBridge = "br-backup";
          };
          description = ''
            More virtual Ethernet pairs, by interface name, which is the same on both sides and
            at most 15 bytes long.
          '';
        };

        privateUsers = option (fact "25.05" "restart" "PRIVATE_USERS=") {
          type = types.either types.ints.u32 (
            types.enum [
              "no"
              "identity"
              "pick"
            ]
          );
          default = "no";
          example = 524288;
          description = ''
            The users of the container on the host: the same ones (`no`), the same numbers in a
            user namespace (`identity`), a range of 65,536 that systemd chooses (`pick`) or one
            that begins with the given number.
          '';
        };

        bindMounts = option (fact "15.09" "live" "--bind=") {
          type = types.attrsOf (types.submodule bindMount);
          default = { };
          example = {
            "/home" = {
              hostPath = "/home/alice";
              isReadOnly = false;
            };
          };
          description = ''
            Files and directories of the host that the container sees, by mount point or by any
            other name.
          '';
        };

        tmpfs = option (fact "17.03" "restart" "--tmpfs=") {
          type = types.listOf types.str;
          default = [ ];
          example = [ "/var" ];
          description = ''
            Directories of the container that are kept in memory, each with mount options after
            a colon if need be.
          '';
        };

        allowedDevices = option (fact "17.03" "restart" "DeviceAllow=") {
          type = types.listOf (types.submodule allowedDevice);
          default = [ ];
          example = [
            {
              node = "/dev/net/tun";
              modifier = "rw";
            }
          ];
          description = "Devices of the host that the container may use.";
        };

        enableTun = option (fact "17.03" "restart" "DeviceAllow=") {
          type = types.bool;
          default = false;
          description = ''
            Whether the container may make tunnel interfaces. Gives it `/dev/net/tun` and the
            capability `CAP_NET_ADMIN`.
          '';
        };

        additionalCapabilities = option (fact "17.03" "restart" "--capability=") {
          type = types.listOf types.str;
          default = [ ];
          example = [
            "CAP_NET_ADMIN"
            "CAP_MKNOD"
          ];
          description = "Capabilities beyond those that a container has anyway.";
        };

        updateStrategy = option (own "none" null) {
          type = types.nullOr (
            types.enum [
              "none"
              "live"
              "reload"
              "restart"
            ]
          );
          default = null;
          example = "reload";
          description = ''
            How far a change of the configuration may go with the running container. Left null,
            each change takes the gentlest way that suffices for it. With `none`, `live` or
            `reload`, nothing more than that is done: what needs more waits until the container
            next starts, and is shown as waiting. With `restart`, the container is restarted
            where activating its new system inside would do. Only conex knows this option.
          '';
        };

        dependsOn = option (own "none" "After=") {
          type = types.listOf types.str;
          default = [ ];
          example = [ "database" ];
          description = ''
            Other containers of the host that are started before this one, and with it. Only
            conex knows this option.
          '';
        };

        limits = option (own "live" null) {
          type = types.submodule { options = limitOptions; };
          default = { };
          example = {
            memoryMax = "2G";
            cpuQuota = "150%";
          };
          description = ''
            What the container may use of the host's resources, all of its processes together;
            see {manpage}`systemd.resource-control(5)`. Only conex knows these options.
          '';
        };

        extraFlags = option (fact "18.09" "restart" "EXTRA_NSPAWN_FLAGS=") {
          type = types.listOf types.str;
          default = [ ];
          example = [ "--drop-capability=CAP_SYS_CHROOT" ];
          description = ''
            More flags for {manpage}`systemd-nspawn(1)`. They are split at spaces, quoted or not.
          '';
        };
      }
      // networkOptions;

      config.path = mkIf (config.flake != null) "/nix/var/nix/profiles/per-container/${name}";
    };

  removedPkgs = ''
    The option `containers.<name>.pkgs' has been removed. Set `containers.<name>.nixpkgs' to the
    path of a nixpkgs, or in the container's configuration `nixpkgs.pkgs' to a package set.'';

  containers =
    conex: more:
    option conex (
      {
        type = types.attrsOf (types.submodule container);
        default = { };
        example = lib.literalExpression ''
          {
            webserver = {
              autoStart = true;
              privateNetwork = true;
              hostAddress = "10.231.136.1";
              localAddress = "10.231.136.2";
              config = { services.nginx.enable = true; };
            };
          }
        '';
        description = ''
          The containers of this host: each a NixOS system of its own that shares the host's
          kernel and Nix store.
        '';
      }
      // more
    );
in
{
  options = {
    containers = containers (fact "14.04" "live" null) { };

    # The name of 2013. conex makes one set of both; elsewhere it is handed on below.
    systemd.containers = containers (
      fact "13.10" "live" null
      // {
        aliasOf = [ "containers" ];
      }
    ) (lib.optionalAttrs (!lib ? conex) { apply = _: config.containers; });

    boot.isContainer = option (fact "13.10" "recreate" null) {
      type = types.bool;
      default = config.boot.isNspawnContainer;
      defaultText = lib.literalExpression "config.boot.isNspawnContainer";
      description = "Whether this NixOS system is itself a container.";
    };

    boot.isNspawnContainer = option (fact "25.05" "recreate" null) {
      type = types.bool;
      default = false;
      internal = true;
      description = "Whether this NixOS system is itself a container of systemd-nspawn.";
    };

    boot.enableContainers = option (fact "16.03" "none" null) {
      type = types.bool;
      default = config.containers != { };
      defaultText = lib.literalExpression "config.containers != { }";
      description = ''
        Whether this host is prepared to run containers. Set it where all containers are made
        with `nixos-container` or `conex create` rather than declared.
      '';
    };
  };

  config = lib.optionalAttrs (!lib ? conex) {
    containers = lib.mkAliasDefinitions options.systemd.containers;
  };
}
