# What of NixOS the modules for its hosts set and ask: the options, without what NixOS does with
# them, and of its module for containers what it makes of `restartIfChanged`. The names and types
# are those of NixOS 26.05.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  list = mkOption {
    type = types.listOf types.unspecified;
    default = [ ];
  };
  set = mkOption {
    type = types.attrsOf types.unspecified;
    default = { };
  };
  bool = default: mkOption {
    type = types.bool;
    inherit default;
  };
  text = mkOption {
    type = types.str;
    default = "";
  };

  container = {
    options = {
      autoStart = bool false;
      restartIfChanged = bool true;
      privateNetwork = bool false;
      localAddress = mkOption {
        type = types.nullOr types.str;
        default = null;
      };
      # The type of NixOS evaluates a whole system.
      config = mkOption {
        type = types.unspecified;
        default = null;
      };
      path = mkOption {
        type = types.nullOr types.path;
        default = null;
      };
    };
  };

  service.options = {
    description = text;
    script = text;
    after = list;
    path = list;
    wantedBy = list;
    wants = list;
    serviceConfig = set;
    unitConfig = set;
    restartIfChanged = bool true;
  };
in
{
  options = {
    assertions = list;
    boot = {
      enableContainers = bool true;
      extraSystemdUnitPaths = list;
      isNspawnContainer = bool false;
    };
    containers = mkOption {
      type = types.attrsOf (types.submodule container);
      default = { };
    };
    environment.systemPackages = list;
    networking.useDHCP = bool true;
    nix.package = mkOption {
      type = types.unspecified;
      default = "/nix-package";
    };
    powerManagement.enable = bool true;
    system.preSwitchChecks = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
    systemd.services = mkOption {
      type = types.attrsOf (types.submodule service);
      default = { };
    };
  };

  config.systemd.services = lib.mkIf config.boot.enableContainers (lib.mapAttrs' (name: container: {
    name = "container@${name}";
    value = {
      wantedBy = lib.optional container.autoStart "machines.target";
      restartIfChanged = container.autoStart && container.restartIfChanged;
    };
  }) config.containers);
}
