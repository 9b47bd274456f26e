# The module for containers of NixOS 26.05 in shape: every option of a container with its type
# and default, and what it makes of them as far as a switch goes by it – units and confs. The
# scripts, and the system that it evaluates of `config`, are left out.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMap
    concatStringsSep
    mapAttrs'
    mkDefault
    mkIf
    mkMerge
    mkOption
    optional
    optionalAttrs
    optionalString
    types
    ;
  option = type: default: mkOption { inherit type default; };
  required = type: mkOption { inherit type; };
  maybe = type: option (types.nullOr type) null;
  flag = option types.bool;
  words = option (types.listOf types.str) [ ];

  networkOptions = {
    hostBridge = maybe types.str;
    forwardPorts = option (types.listOf (types.submodule {
      options = {
        protocol = option types.str "tcp";
        hostPort = required types.port;
        containerPort = maybe types.port;
      };
    })) [ ];
    hostAddress = maybe types.str;
    hostAddress6 = maybe types.str;
    localAddress = maybe types.str;
    localAddress6 = maybe types.str;
    localMacAddress = maybe (types.strMatching "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
  };

  bindMount =
    { name, ... }:
    {
      options = {
        mountPoint = required types.str;
        hostPath = maybe types.str;
        isReadOnly = flag true;
      };
      config.mountPoint = mkDefault name;
    };

  container =
    {
      config,
      options,
      name,
      ...
    }:
    {
      options = {
        # Its type evaluates a whole system.
        config = required types.unspecified;
        path = required types.path;
        flake = maybe types.str;
        nixpkgs = option types.path pkgs.path;
        specialArgs = option (types.attrsOf types.unspecified) { };
        # It is no more, and has no value.
        pkgs = mkOption { visible = false; };

        additionalCapabilities = words;
        allowedDevices = option (types.listOf (types.submodule {
          options = {
            node = required types.str;
            modifier = required types.str;
          };
        })) [ ];
        autoStart = flag false;
        bindMounts = option (types.attrsOf (types.submodule bindMount)) { };
        enableTun = flag false;
        ephemeral = flag false;
        extraFlags = words;
        extraVeths = option (types.attrsOf (types.submodule { options = networkOptions; })) { };
        interfaces = words;
        macvlans = words;
        networkNamespace = maybe types.path;
        privateNetwork = flag false;
        privateUsers = option (types.either types.ints.u32 (types.enum [ "no" "identity" "pick" ])) "no";
        restartIfChanged = flag true;
        timeoutStartSec = option types.str "1min";
        tmpfs = words;
      }
      // networkOptions;

      config.path = mkMerge [
        (mkIf options.config.isDefined "/nix/store/nixos-system-${name}")
        (mkIf (config.flake != null) "/nix/var/nix/profiles/per-container/${name}")
      ];
    };

  directory = "/var/lib/nixos-containers";
  serviceConfig = container: {
    Type = "notify";
    Restart = "on-failure";
    Slice = "machine.slice";
    EnvironmentFile = "-/etc/nixos-containers/%i.conf";
    TimeoutStartSec = container.timeoutStartSec;
    DevicePolicy = "closed";
    DeviceAllow = map (device: "${device.node} ${device.modifier}") container.allowedDevices;
  };

  unit = {
    description = "Container '%i'";
    unitConfig.RequiresMountsFor = [ "${directory}/%i" ];
    script = "exec systemd-nspawn";
    restartIfChanged = false;
  };

  unitOf =
    name: container:
    let
      sources = map (mount: if mount.hostPath == null then mount.mountPoint else mount.hostPath) (
        builtins.attrValues container.bindMounts
      );
      devices = map (name: "sys-subsystem-net-devices-${name}.device") container.interfaces;
    in
    unit
    // {
      unitConfig.RequiresMountsFor = optional (!container.ephemeral) "${directory}/%i" ++ sources;
      serviceConfig = serviceConfig (
        container
        // optionalAttrs container.enableTun {
          allowedDevices = container.allowedDevices ++ [
            {
              node = "/dev/net/tun";
              modifier = "rwm";
            }
          ];
        }
      );
    }
    // optionalAttrs container.autoStart {
      wantedBy = [ "machines.target" ];
      wants = [ "network.target" ] ++ devices;
      after = [ "network.target" ] ++ devices;
      restartTriggers = [
        container.path
        config.environment.etc."nixos-containers/${name}.conf".text
      ];
      inherit (container) restartIfChanged;
    };

  line = name: value: optionalString (value != null) "${name}=${toString value}\n";
  port =
    it:
    "${it.protocol}:${toString it.hostPort}:${
      toString (if it.containerPort == null then it.hostPort else it.containerPort)
    }";
  bind =
    mount:
    " --bind${optionalString mount.isReadOnly "-ro"}=${
      optionalString (mount.hostPath != null) "${mount.hostPath}:"
    }${mount.mountPoint}";
  conf =
    container:
    line (if container.flake == null then "SYSTEM_PATH" else "FLAKE") (
      if container.flake == null then container.path else container.flake
    )
    + optionalString container.privateNetwork (
      "PRIVATE_NETWORK=1\n"
      + line "HOST_BRIDGE" container.hostBridge
      + line "HOST_PORT" (
        if container.forwardPorts == [ ] then null else concatStringsSep "," (map port container.forwardPorts)
      )
      + line "HOST_ADDRESS" container.hostAddress
      + line "HOST_ADDRESS6" container.hostAddress6
      + line "LOCAL_ADDRESS" container.localAddress
      + line "LOCAL_ADDRESS6" container.localAddress6
      + line "LOCAL_MAC_ADDRESS" container.localMacAddress
    )
    + line "NETWORK_NAMESPACE_PATH" container.networkNamespace
    + "PRIVATE_USERS=${toString container.privateUsers}\n"
    + "INTERFACES=\"${toString container.interfaces}\"\n"
    + "MACVLANS=\"${toString container.macvlans}\"\n"
    + optionalString container.autoStart "AUTO_START=1\n"
    + "EXTRA_NSPAWN_FLAGS=\"${
      concatStringsSep "" (map bind (builtins.attrValues container.bindMounts))
    }${concatMapFlags container.extraFlags}\"\n";
  concatMapFlags = flags: concatStringsSep "" (concatMap (flag: [ " " flag ]) flags);

  each =
    key: value:
    mapAttrs' (name: container: {
      name = key name;
      value = value name container;
    }) config.containers;
in
{
  options = {
    boot.isContainer = option types.bool config.boot.isNspawnContainer;
    boot.isNspawnContainer = flag false;
    boot.enableContainers = option types.bool (config.containers != { });
    containers = option (types.attrsOf (types.submodule container)) { };
  };

  config = mkIf config.boot.enableContainers {
    systemd.services = mkMerge [
      { "container@" = unit; }
      (each (name: "container@${name}") unitOf)
    ];
    environment.etc = each (name: "nixos-containers/${name}.conf") (_: container: {
      text = conf container;
    });
  };
}
