# conex itself on a NixOS host: the program, the place for its units, and a configuration that
# it applies.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.virtualisation.conex;
in
{
  options.virtualisation.conex = {
    enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = ''
        Whether conex is installed, shows before each switch what it does to the containers, and
        has a place for its units. `systemd.containers` is there without it.
      '';
    };

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ../package.nix { };
      defaultText = lib.literalExpression "pkgs.callPackage ./package.nix { }";
      description = "The conex that is used.";
    };

    unitDirectory = mkOption {
      type = types.str;
      default = "/etc/systemd-mutable/system";
      description = ''
        Where `conex apply` puts the units of containers that this configuration does not
        declare. systemd searches it before the directory of the system.
      '';
    };

    apply.configuration = mkOption {
      type = types.nullOr (types.either types.path types.str);
      default = null;
      example = "/etc/containers/configuration.nix";
      description = ''
        A configuration with containers that this one does not declare. `conex apply` brings
        them up to date after each switch and each boot, in the gentlest way that suffices for
        each change.
      '';
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    boot.extraSystemdUnitPaths = [ cfg.unitDirectory ];

    # Whatever is wanted by a target that is active and does not run is started by a switch.
    systemd.services.conex-apply = mkIf (cfg.apply.configuration != null) {
      description = "Containers of conex";
      wantedBy = [ "multi-user.target" ];
      after = [
        "machines.target"
        "network.target"
      ];
      path = [ cfg.package ] ++ lib.optional (options ? nix.package) config.nix.package;
      serviceConfig = {
        Type = "oneshot";
        TimeoutStartSec = "1h";
      };
      script = ''
        exec conex apply ${lib.escapeShellArg (toString cfg.apply.configuration)} --auto-approve
      '';
    };
  };
}
