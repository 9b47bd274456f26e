# nixpkgs' module system: containers of 25 options each. Needs nixpkgs' `lib`.
{ lib, count }:
let
  library = import lib;
  inherit (library) mkOption types;
  text = default: mkOption { type = types.str; inherit default; };
  flag = mkOption { type = types.bool; default = false; };
  maybe = mkOption { type = types.nullOr types.str; default = null; };
  words = mkOption { type = types.listOf types.str; default = [ ]; };
  container = { name, config, ... }: {
    options = {
      autoStart = flag; ephemeral = flag; privateNetwork = flag; enableTun = flag;
      restartIfChanged = mkOption { type = types.bool; default = true; };
      hostAddress = maybe; hostAddress6 = maybe; localAddress = maybe; localAddress6 = maybe;
      hostBridge = maybe; flake = maybe; networkNamespace = maybe;
      path = text "/nix/store/system-${name}"; timeoutStartSec = text "1min"; hostName = text name;
      interfaces = words; macvlans = words; tmpfs = words; extraFlags = words; capabilities = words;
      forwardPorts = mkOption {
        default = [ ];
        type = types.listOf (types.submodule {
          options = {
            protocol = text "tcp";
            hostPort = mkOption { type = types.port; };
            containerPort = mkOption { type = types.nullOr types.port; default = null; };
          };
        });
      };
      bindMounts = mkOption {
        default = { };
        type = types.attrsOf (types.submodule ({ name, ... }: {
          options = {
            mountPoint = text name; hostPath = maybe;
            isReadOnly = mkOption { type = types.bool; default = true; };
          };
        }));
      };
      privateUsers = mkOption {
        default = "no";
        type = types.either types.ints.u32 (types.enum [ "no" "identity" "pick" ]);
      };
      memory = mkOption { type = types.nullOr types.ints.positive; default = null; };
      summary = text "";
    };
    config.summary = "${config.hostName}: ${toString config.privateNetwork}";
  };
  host = { lib, ... }: {
    options.containers = mkOption { type = types.attrsOf (types.submodule container); default = { }; };
    config.containers = lib.listToAttrs (lib.genList (i: {
      name = "c${toString i}";
      value = {
        autoStart = true;
        privateNetwork = lib.mkDefault true;
        hostAddress = "10.${toString (i / 250)}.${toString (lib.mod i 250)}.1";
        forwardPorts = [ { hostPort = 1024 + i; } ];
        bindMounts."/data".hostPath = lib.mkIf (lib.mod i 2 == 0) "/srv/c${toString i}";
      };
    }) count);
  };
in
builtins.stringLength (builtins.toJSON (library.evalModules { modules = [ host ]; }).config)
