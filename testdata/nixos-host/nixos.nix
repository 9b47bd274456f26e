# What of NixOS the modules for its hosts set and ask, without what NixOS does with it. The names
# and types are those of NixOS 26.05; its module for containers is in containers.nix.
{ lib, ... }:
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
  bool =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  text = mkOption {
    type = types.str;
    default = "";
  };
  of =
    options:
    mkOption {
      type = types.attrsOf (types.submodule { inherit options; });
      default = { };
    };
in
{
  imports = [ ./containers.nix ];

  options = {
    assertions = list;
    boot.extraSystemdUnitPaths = list;
    environment.etc = of { inherit text; };
    environment.systemPackages = list;
    networking.useDHCP = bool true;
    nix.package = mkOption {
      type = types.unspecified;
      default = "/nix-package";
    };
    powerManagement.enable = bool true;
    services.udisks2.enable = bool false;
    sound.enable = bool true;
    system.preSwitchChecks = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
    systemd.services = of {
      description = text;
      script = text;
      after = list;
      path = list;
      wantedBy = list;
      wants = list;
      serviceConfig = set;
      unitConfig = set;
      restartIfChanged = bool true;
      restartTriggers = list;
    };
  };
}
