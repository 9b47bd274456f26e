# What conex adds to `nixos-rebuild switch`: it says before what happens to the containers, can
# refuse it, and activates the new systems of some after it, inside.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib)
    attrNames
    concatMapStringsSep
    escapeShellArg
    filterAttrs
    mkIf
    mkOption
    optionalString
    types
    ;
  cfg = config.virtualisation.conex;

  # NixOS has these checks since 24.11.
  hasChecks = options ? system.preSwitchChecks;

  reloaded = attrNames (
    filterAttrs (_: container: container.updateStrategy == "reload") config.containers
  );
  reloads = cfg.reload.enable && config.boot.enableContainers && reloaded != [ ];
  # Names of containers, one a line.
  list = "/run/conex/reload";

  conex = "${cfg.package}/bin/conex";
  protect = concatMapStringsSep "" (name: " --protect ${escapeShellArg name}") cfg.preview.protect;

  # Called with the system to switch to and with what is to be done with it, in a shell of its
  # own. A preview that fails is no reason to stop a switch, unless it was to protect something.
  check =
    begin
    + optionalString cfg.preview.enable (show + (if cfg.preview.protect == [ ] then go else refuse))
    + optionalString reloads remember
    + "exit 0\n";

  begin = ''
    incoming=''${1-} action=''${2-switch} status=0
    # A boot starts everything anew, and while NixOS is installed there is nothing to compare.
    if [ "$action" = boot ] || [ ! -e /run/current-system/etc/systemd/system ]; then
      exit 0
    fi
  '';

  show = ''
    ${conex} preview "$incoming"${protect} || status=$?
  '';

  go = ''
    if [ "$status" = 1 ]; then
      echo 'conex: what the switch does to the containers is not known; it goes on'
    fi
  '';

  refuse = ''
    if [ "$status" = 1 ] && [ "$action" != dry-activate ]; then
      echo 'conex: the switch is refused: it would interrupt containers that are named in'
      echo 'virtualisation.conex.preview.protect, or that can not be told. To switch all the same,'
      echo 'take them out of that option, or set NIXOS_NO_CHECK=1 this once. To have the change'
      echo 'at the next boot: nixos-rebuild boot'
      exit 1
    fi
  '';

  # Of what a switch leaves on its old system, what is to be reloaded.
  remember = ''
    if [ "$action" = switch ] || [ "$action" = test ]; then
      ${pkgs.coreutils}/bin/mkdir -p ${builtins.dirOf list}
      ${conex} preview "$incoming" --reloadable | while read -r name; do
        case ${escapeShellArg " ${toString reloaded} "} in
          *" $name "*) echo "$name" ;;
        esac
      done > ${list}.new
      ${pkgs.coreutils}/bin/mv ${list}.new ${list}
    fi
  '';
in
{
  options.virtualisation.conex = {
    preview = {
      enable = mkOption {
        type = types.bool;
        default = true;
        example = false;
        description = "Whether each switch says before what it does to the containers.";
      };

      protect = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "database" ];
        description = ''
          The containers that no switch may interrupt, `"*"` for all of them. A switch that would
          stop or restart one that runs is refused before it does anything.
        '';
      };
    };

    reload.enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = ''
        Whether a container whose `updateStrategy` is `reload` gets its new system activated
        inside after a switch, if nothing else of it changed. A switch itself leaves it alone.
      '';
    };
  };

  config = mkIf cfg.enable (
    {
      assertions = [
        {
          assertion = hasChecks || cfg.preview.protect == [ ] && !reloads;
          message = ''
            virtualisation.conex.preview.protect and containers with updateStrategy = "reload" need
            a NixOS that runs checks before a switch (`system.preSwitchChecks', since 24.11).'';
        }
        {
          assertion = cfg.preview.enable || cfg.preview.protect == [ ];
          message = "virtualisation.conex.preview.protect needs virtualisation.conex.preview.enable.";
        }
      ];

      systemd.services.conex-reload = mkIf reloads {
        description = "New systems of containers, activated inside after a switch";
        wantedBy = [ "multi-user.target" ];
        after = [ "machines.target" ];
        unitConfig.ConditionPathExists = list;
        serviceConfig = {
          Type = "oneshot";
          TimeoutStartSec = "10min";
        };
        script = ''
          status=0
          while read -r name; do
            systemctl is-active --quiet "container@$name.service" < /dev/null || continue
            systemctl reload "container@$name.service" < /dev/null || status=1
          done < ${list}
          rm ${list}
          exit $status
        '';
      };
    }
    // lib.optionalAttrs hasChecks {
      system.preSwitchChecks.conex = mkIf (cfg.preview.enable || reloads) check;
    }
  );
}
