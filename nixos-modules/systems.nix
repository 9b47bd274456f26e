# The systems of a host's containers, as NixOS evaluates them. conex calls it when it is given a
# nixpkgs; it works with every nixpkgs that has a `nixos/lib/eval-config.nix`.
#
# The host is evaluated with nixpkgs' own modules, and so is what nixpkgs' module for containers
# makes of `config`: that is what `nixos-rebuild` would build. What only conex knows about
# containers is accepted beside it, and what no module of the host declares is no mistake here:
# it is told elsewhere, or to no avail.
#
# Takes
# - `nixpkgs`: the path of a nixpkgs;
# - `modules`: the modules of the host; or
# - `flake`: where they are to be found: its `directory`, the name of its `host`, and the
#   functions `unknown`, `stored` and `fetched` that `flake.nix` takes;
# - `options`: the names of all options of a container;
# - `related`: the names of the units that containers of another system need.
{
  nixpkgs,
  modules ? [ ],
  flake ? null,
  options ? [ ],
  related ? [ ],
}:
let
  inherit (builtins)
    attrNames
    elem
    filter
    functionArgs
    hasAttr
    isAttrs
    isFunction
    listToAttrs
    pathExists
    ;

  lib = import (nixpkgs + "/lib");

  # The one of the host is the file's own, whatever others import (`evaluating`).
  ownEvalConfig = import (nixpkgs + "/nixos/lib/eval-config.nix");
  evalConfig =
    from:
    if from == nixpkgs then ownEvalConfig else import (from + "/nixos/lib/eval-config.nix");

  # Since nixpkgs 20.09 a set of options can have a type for what is not declared in it. Before,
  # it takes declarations.
  hasFreeform = lib.types ? anything;

  anyOption =
    if hasFreeform then
      { freeformType = lib.types.attrsOf lib.types.anything; }
    else
      {
        options = listToAttrs (
          map (name: {
            inherit name;
            value = lib.mkOption { default = null; };
          }) (filter (name: !(elem name declared)) options)
        );
      };

  # What the module for containers of an old nixpkgs declares for each of them.
  containersModule = nixpkgs + "/nixos/modules/virtualisation/containers.nix";
  declared =
    if !(pathExists containersModule) then
      [ ]
    else
      attrNames (
        (evalConfig nixpkgs {
          modules = [ ];
          baseModules = [ containersModule ];
          check = false;
        }).options.containers.type.getSubOptions
          [ ]
      );

  lenient = {
    options.containers = lib.mkOption {
      type = lib.types.attrsOf (lib.types.submodule anyOption);
    };
  } // (if hasFreeform then { config._module.check = false; } else { });

  host = evalHost null;

  evalHost = _: evalConfig nixpkgs (
    { modules = start.extraModules or [ ] ++ start.modules ++ [ lenient ]; }
    // (if hasFreeform then { } else { check = false; })
    // (if start ? system && start.system != null then { inherit (start) system; } else { })
    // special nixpkgs (start.extraArgs or { } // start.specialArgs or { })
  );

  # What `nixosSystem` was called with.
  start =
    if flake == null then
      { inherit modules; }
    else
      let
        file = flake.directory + "/flake.lock";
        tied =
          more:
          import ./flake.nix (
            {
              inherit (flake) directory unknown stored fetched;
              inherit lib;
              lock = if pathExists file then builtins.fromJSON (builtins.readFile file) else { };
            }
            // more
          );
        hostOf = its: its.outputs.nixosConfigurations.${flake.host};
      in
      (hostOf (tied {
        inherit nixpkgs;
        standsFor = (hostOf (tied { })).conexInput;
      })).conexHost;

  # Before `specialArgs` there was `extraArgs`.
  special =
    from: given:
    if given == { } then
      { }
    else if functionArgs (evalConfig from) ? specialArgs then
      { specialArgs = given; }
    else
      { extraArgs = given; };

  containers = host.config.containers or { };

  # Where the module for containers only collects the definitions of `config`, and where it can
  # not be told to take another nixpkgs, it is evaluated here.
  isCollected = module: isFunction module || !(isAttrs module && module ? system.build.toplevel);
  onlyCollected = module: isAttrs module && attrNames module == [ "imports" ];

  other =
    container:
    let
      given = container.nixpkgs or null;
    in
    if given == null || toString given == toString nixpkgs then null else given;

  toplevel =
    name:
    let
      container = containers.${name};
      module = container.config;
      own = onlyCollected module || other container != null && isCollected module;
    in
    if !own then container.path else (evaluated name container module).config.system.build.toplevel;

  # What a switch to the host's system goes by: the units of containers and of targets, and
  # those that containers need or did, `related`; the confs of containers, and the file systems.
  # A unit of a host is a file of its own unless it says otherwise; one that is there already, as
  # targets are, gets what is here added. Of other units there is only the name.
  isOfSwitch = name: builtins.match "container@.*[.]service|.*[.]target" name != null;
  switched =
    host:
    let
      units = host.config.systemd.units or { };
      unit = name: {
        text = if units.${name}.text or null == null then "" else units.${name}.text;
        enable = units.${name}.enable or true;
        dropIn = units.${name}.overrideStrategy or "" == "asDropin";
        wantedBy = units.${name}.wantedBy or [ ] ++ units.${name}.upheldBy or [ ];
        requiredBy = units.${name}.requiredBy or [ ];
      };
      files = host.config.environment.etc or { };
      nameOf = file: builtins.match "(nixos-)?containers/(.*)[.]conf" file;
      confs = filter (file: nameOf file != null && files.${file}.enable or true) (attrNames files);
      setOf = names: value: listToAttrs (map value names);
      services = host.config.systemd.services or { };
      serviceOf =
        name: services.${builtins.substring 0 (builtins.stringLength name - 8) name} or { };
      needs =
        name:
        let
          service = serviceOf name;
        in
        service.requires or [ ] ++ service.bindsTo or [ ] ++ service.partOf or [ ];
      ofContainers = filter (name: builtins.match "container@.*[.]service" name != null) (
        attrNames units
      );
      isRelated = setOf (related ++ builtins.concatLists (map needs ofContainers)) (name: {
        inherit name;
        value = null;
      });
      isRead = name: isOfSwitch name || isRelated ? ${name};
    in
    {
      units = setOf (filter isRead (attrNames units)) (name: {
        inherit name;
        value = unit name;
      });
      scripts = setOf (filter (name: (serviceOf name).script or null != null) ofContainers) (name: {
        inherit name;
        value = (serviceOf name).script;
      });
      others = filter (name: !(isRead name)) (attrNames units);
      fstab = files.fstab.text or null;
      confs = setOf (filter (file: files.${file}.text or null != null) confs) (file: {
        name = builtins.elemAt (nameOf file) 1;
        value = files.${file}.text;
      });
    };

  evaluated =
    name: container: module:
    let
      from = if other container == null then nixpkgs else other container;
      given = container.specialArgs or null;
    in
    evalConfig from (
      {
        modules = [
          (import ./container-system.nix { inherit name host; })
          module
        ];
        prefix = [
          "containers"
          name
        ];
      }
      // special from (if given == null then { } else given)
    );
in
{
  # Whether the host has such a container, by its name.
  has = name: hasAttr name containers;
  # What is read of the host's system before a switch to it, as JSON.
  switch = builtins.toJSON (switched host);
  # The same of a host that is evaluated again.
  switchAgain = _: builtins.toJSON (switched (evalHost null));
  # What evaluates systems in place of nixpkgs' own: the systems of containers that are known
  # are not evaluated, and of their configurations nothing else is known.
  evaluating =
    unknown: systems: arguments:
    let
      prefix = arguments.prefix or [ ];
      name = builtins.elemAt prefix 1;
      only = path: value: unknown path // value;
      isKnown =
        builtins.length prefix == 2 && builtins.head prefix == "containers" && systems ? ${name};
    in
    if isKnown then
      only "the system" {
        config = only "config" {
          system = only "config.system" {
            build = only "config.system.build" { toplevel = systems.${name}; };
          };
        };
      }
    else
      ownEvalConfig arguments;
  # What every system asks of the host.
  asked = builtins.deepSeq declared (host.pkgs.stdenv.system or null);
  # What is called with the same arguments by many systems, and takes long.
  shared = [
    (import nixpkgs)
    (lib.evalModules or null)
  ] ++ (
    let
      manual = nixpkgs + "/nixos/doc/manual/default.nix";
    in
    if pathExists manual then [ (import manual) ] else [ ]
  );
  # A system in which nothing is configured.
  plain = (evalConfig nixpkgs { modules = [ { boot.isContainer = true; } ]; }).config.system.build.toplevel.drvPath;
  # The derivation of a container's system, by its name.
  inherit toplevel;
  # An option of a container, by both their names.
  option = name: option: containers.${name}.${option};
}
