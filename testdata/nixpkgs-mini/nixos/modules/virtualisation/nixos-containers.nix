# Containers as NixOS has them: each a system of its own.
{ config, lib, pkgs, ... }:
{
  options.containers = lib.mkOption {
    default = { };
    apply = lib.mapAttrs (
      name: container:
      container
      // (
        if container ? config then
          rec {
            config =
              (import ((container.nixpkgs or ../../..) + "/nixos/lib/eval-config.nix") {
                modules = [
                  {
                    boot.isContainer = true;
                    networking.hostName = lib.mkDefault name;
                    networking.useDHCP = false;
                  }
                  container.config
                ];
                prefix = [
                  "containers"
                  name
                ];
                specialArgs = container.specialArgs or { };
              }).config;
            path = config.system.build.toplevel;
          }
        else
          { }
      )
    );
  };

  # Units and confs, as far as a switch goes by them.
  config =
    let
      isSet = container: option: container.${option} or false;
      conf = container: "SYSTEM_PATH=${container.path}\nPRIVATE_NETWORK=${
        if isSet container "privateNetwork" then "1" else "0"
      }\n";
      unit = name: container: {
        text = lib.concatStringsSep "\n" (
          [ "[Unit]" ]
          ++ map (unit: "Requires=${unit}") (config.systemd.services."container@${name}".requires or [ ])
          ++ (
            if isSet container "autoStart" then
              [ "X-Restart-Triggers=${pkgs.make "triggers-${name}" { conf = conf container; } "echo $conf > $out"}" ]
            else
              [ ]
          )
          ++ [
            "[Service]"
            "ExecStart=${pkgs.make "start-${name}" { text = script container; } "mkdir -p $out/bin; echo $text > $out/bin/start"}/bin/start"
            "TimeoutStartSec=${container.timeoutStartSec or "1min"}"
            (if isSet container "autoStart" then "X-Restarts=1" else "X-RestartIfChanged=false")
          ]
        );
        wantedBy = if isSet container "autoStart" then [ "machines.target" ] else [ ];
      };
      # What of a container is in no conf.
      script =
        container:
        "exec systemd-nspawn ${
          lib.concatStringsSep " " (map (path: "--tmpfs=${path}") (container.tmpfs or [ ]))
        } \"$SYSTEM_PATH/init\"";
      each =
        key: value:
        builtins.listToAttrs (
          map (name: {
            name = key name;
            value = value name config.containers.${name};
          }) (lib.attrNames config.containers)
        );
    in
    {
      systemd.services = each (name: "container@${name}") (_: container: { script = script container; });
      systemd.units = each (name: "container@${name}.service") unit // {
        "multi-user.target".text = "[Unit]\nWants=machines.target\n";
      };
      environment.etc = each (name: "nixos-containers/${name}.conf") (_: container: { text = conf container; });
    };
}
