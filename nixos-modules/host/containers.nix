# Containers on a NixOS host, for NixOS' own module, which makes their units and confs.
#
# - `systemd.containers`, declared where conex declares it, is another name of `containers`.
# - The options that only conex knows can be set in both, and come to what NixOS has for them.
#
# Where conex itself evaluates the host, this has nothing to say.
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
    attrValues
    concatMap
    elem
    filter
    filterAttrs
    mapAttrs
    mapAttrs'
    mkDefault
    mkIf
    mkMerge
    mkOption
    types
    ;

  declarations = import ../containers.nix {
    inherit
      config
      lib
      options
      pkgs
      ;
  };

  # The definitions of an option for another one, each with its file where `lib` can say that.
  handedOn =
    option:
    if lib ? mkDefinition then
      mkMerge (map (def: lib.mkDefinition { inherit (def) file value; }) option.definitionsWithLocations)
    else
      lib.mkAliasDefinitions option;

  # The options of a container that NixOS of today does not have.
  own =
    let
      known = declarations.options.containers.type.getSubOptions [ ];
      isOwn = name: option: name == "root" || option ? conex && option.conex.since == null;
      declare = name: option: mkOption {
        inherit (option) description;
        type = if name == "root" then types.nullOr option.type else option.type;
        default = option.default or null;
      };
    in
    mapAttrs declare (filterAttrs isOwn known);

  # A switch restarts or does nothing. What is not to be restarted it leaves alone.
  gentle = [
    "none"
    "live"
    "reload"
  ];
  container =
    { config, ... }:
    {
      options = own;
      config.restartIfChanged = mkIf (elem config.updateStrategy gentle) (mkDefault false);
    };

  limitSettings = {
    cpuQuota = "CPUQuota";
    cpuWeight = "CPUWeight";
    ioWeight = "IOWeight";
    memoryHigh = "MemoryHigh";
    memoryMax = "MemoryMax";
    memorySwapMax = "MemorySwapMax";
    tasksMax = "TasksMax";
  };
  limits =
    container:
    mapAttrs' (name: value: {
      name = limitSettings.${name};
      inherit value;
    }) (filterAttrs (name: value: limitSettings ? ${name} && value != null) container.limits);

  unitOf = name: "container@${name}.service";
  service = container: {
    wants = map unitOf container.dependsOn;
    after = map unitOf container.dependsOn;
    serviceConfig = limits container;
  };
  hasOwn = _: container: container.dependsOn != [ ] || limits container != { };

  missing =
    name:
    map (other: {
      assertion = false;
      message = "containers.${name}.dependsOn: there is no container ${other}";
    }) (filter (other: !(config.containers ? ${other})) config.containers.${name}.dependsOn);
in
# conex has declared all of them already.
lib.optionalAttrs (!lib ? conex) {
  options = {
    systemd.containers = declarations.options.systemd.containers;
    containers = mkOption { type = types.attrsOf (types.submodule container); };
  };

  config = mkMerge [
    {
      containers = handedOn options.systemd.containers;

      systemd.services = mkIf config.boot.enableContainers (
        mapAttrs' (name: container: {
          name = "container@${name}";
          value = service container;
        }) (filterAttrs hasOwn config.containers)
      );

      assertions =
        concatMap missing (attrNames config.containers)
        ++ map (container: {
          assertion = container.root == null;
          message = ''
            NixOS puts the roots of containers where it wants to: `root' of a container can be set
            only where `conex apply' starts it.'';
        }) (attrValues config.containers);
    }
  ];
}
