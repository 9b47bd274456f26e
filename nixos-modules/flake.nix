# What a flake comes to with as much of its inputs as is at hand. conex calls it; a host has no
# use for it.
#
# - nixpkgs is not read unless it is given: conex' own `lib` stands for its `lib`, and
#   `lib.nixosSystem` only keeps what it is called with (`conexHost`).
# - An input is evaluated when its files are here: a directory, or a copy in the Nix store that
#   has the hash in the lock file; `fetched` may bring one there that is needed.
# - All else is unknown, under the name `inputs.NAME`.
#
# Takes
# - `directory`: where the flake is, an absolute path as a string;
# - `lock`: its lock file, an empty set if it has none;
# - `lib`: conex' own;
# - `unknown`: makes, of a name, a set of which nothing else is known;
# - `stored`: the place of a tree in the store by its hash, or null;
# - `fetched`: the place of a tree that is needed, by the name and the locked attributes of the
#   input, or null;
# - `nixpkgs`: the path of one that stands for the input, whatever is locked; `lib` is its own
#   then;
# - `standsFor`: the input of the flake that it stands for.
{
  directory,
  lock,
  lib,
  unknown,
  stored,
  fetched,
  nixpkgs ? null,
  standsFor ? null,
}:
let
  given = nixpkgs;

  inherit (builtins)
    any
    attrNames
    elem
    filter
    foldl'
    functionArgs
    head
    isAttrs
    isFunction
    isList
    isString
    listToAttrs
    mapAttrs
    match
    pathExists
    split
    substring
    ;

  withHosts =
    if lib ? extend then
      lib.extend (final: prev: { inherit nixosSystem; })
    else
      lib // { inherit nixosSystem; };

  nixosSystem = nixosSystemOf main.name;
  nixosSystemOf = input: arguments@{ modules, ... }: host input arguments;

  # A host, with the input whose `lib` made it.
  host =
    input: arguments:
    unknown "the system of a host"
    // {
      conexHost = arguments;
      conexInput = input;
      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          ...
        }:
        host input (
          arguments
          // {
            modules = arguments.modules ++ modules;
            specialArgs = arguments.specialArgs or { } // specialArgs;
          }
        );
    };

  # The `lib` of an input of the flake itself makes hosts of that input.
  libOf =
    parent: name: its:
    if parent.outPath == directory && name != main.name then
      its // { nixosSystem = nixosSystemOf name; }
    else
      its // { inherit nixosSystem; };

  standIn =
    parent: name:
    let
      all = "inputs.${name}";
      isMain = parent.outPath != directory || name == main.name;
      itsLib = if isMain then withHosts else libOf parent name withHosts;
    in
    if given == null then
      unknown all // { lib = unknown "${all}.lib" // itsLib; }
    else
      unknown all
      // {
        lib = itsLib;
        outPath = toString given;
        legacyPackages = listToAttrs (
          map (system: {
            name = system;
            value = import given { inherit system; };
          }) systems
        );
      };

  # Another nixpkgs than the one that is given is what it is, but for how it makes hosts.
  another =
    parent: name: outPath: node:
    let
      its = load {
        inherit outPath node;
        overrides = { };
      };
    in
    its // { lib = libOf parent name its.lib; };

  systems = [
    "aarch64-linux"
    "armv7l-linux"
    "i686-linux"
    "powerpc64le-linux"
    "riscv64-linux"
    "x86_64-linux"
  ];

  # Its `lib` is often put on top of that of nixpkgs, where one has to know what is in it.
  homeManager =
    name:
    let
      its = unknown "inputs.${name}.lib";
    in
    unknown "inputs.${name}"
    // {
      lib = {
        inherit (its) hm homeManagerConfiguration;
      };
    };

  root = lock.nodes.${lock.root or ""} or null;

  # The node of an input in the lock file, which may lead there from the root.
  nodeOf = reference: if reference == null then null else lock.nodes.${keyOf reference} or null;
  keyOf =
    reference:
    if isList reference then
      foldl' (key: step: keyOf (lock.nodes.${key}.inputs.${step})) lock.root reference
    else
      reference;

  words = text: filter isString (split "[/:?#&=]" text);

  # The words in which an input says where it comes from.
  origin =
    spec: node:
    foldl' (all: set: all ++ wordsOf set) [ ] [
      spec
      (node.original or { })
      (node.locked or { })
    ];
  wordsOf =
    set:
    foldl' (all: name: all ++ (if set ? ${name} then words (toString set.${name}) else [ ])) [ ] [
      "url"
      "repo"
      "id"
    ];

  comesFrom = repositories: any (word: elem word repositories);

  isNixpkgs =
    name: from:
    name == "nixpkgs"
    || comesFrom [ "nixpkgs" "nixpkgs.git" "nixpkgs.lib" "nixexprs.tar.xz" ] from
    || from == [ ] && substring 0 7 name == "nixpkgs";

  isRelative = path: substring 0 1 path != "/";
  within = parent: path: if isRelative path then "${parent}/${path}" else path;
  existing = path: if path != null && pathExists path then path else null;

  # Where the files of an input are, if they are here.
  placeOf =
    parent: spec: node:
    let
      locked = node.locked or { };
      isPath = locked.type or "" == "path";
      hash = locked.narHash or null;
      copy = if hash == null then null else stored hash;
      tree =
        if isPath && isRelative locked.path then
          existing (within parent locked.path)
        else if copy != null then
          copy
        else if isPath then
          existing locked.path
        else if node == null then
          directoryOf parent spec
        else
          null;
    in
    within' tree (belowOf spec node);

  # Where they are when something needs them.
  neededPlace =
    parent: name: spec: node:
    let
      place = placeOf parent spec node;
    in
    if place != null || !(isFetchable node) then
      place
    else
      within' (fetched name (lockedOf node)) (belowOf spec node);

  isFetchable =
    node: node ? locked.type && !(node.locked.type == "path" && isRelative node.locked.path);
  lockedOf = node: removeAttrs node.locked [ "dir" ];
  belowOf = spec: node: node.locked.dir or spec.dir or null;
  within' = tree: below: if tree == null || below == null then tree else "${tree}/${below}";

  # The directory that an input names which is not locked.
  directoryOf =
    parent: spec:
    let
      url = toString (spec.url or "");
      parts = match "((path|git\\+file):)?(//)?([./][^:?#]*)([?].*)?" url;
      path = match "path:([^:?#]*)([?].*)?" url;
    in
    if spec.type or "" == "path" then
      existing (within parent spec.path)
    else if parts != null then
      existing (within parent (builtins.elemAt parts 3))
    else if path != null then
      existing (within parent (head path))
    else
      null;

  steps = path: filter (step: isString step && step != "") (split "/" path);
  resolve =
    inputs: path:
    foldl' (found: step: found.inputs.${step} or (unknown "inputs.${step}")) { inherit inputs; } (
      steps path
    );

  inputOf =
    parent: name: declared:
    let
      spec = if isAttrs declared then declared else { };
      node = nodeOf (parent.node.inputs.${name} or null);
      from = origin spec node;
      place = neededPlace parent.outPath "inputs.${name}" spec node;
      given = spec.inputs or { };
      followed = listToAttrs (
        map (name: {
          inherit name;
          value = resolve parent.inputs given.${name}.follows;
        }) (filter (name: given.${name} ? follows) (attrNames given))
      );
    in
    if node == null && parent.overrides ? ${name} then
      parent.overrides.${name}
    else if isNixpkgs name from then
      (
        if given == null || node == main.node || place == null then
          standIn parent name
        else
          another parent name place node
      )
    else if node == null && spec ? follows then
      resolve parent.inputs spec.follows
    else if place == null then
      if comesFrom [ "home-manager" ] from then homeManager name else unknown "inputs.${name}"
    else if !(node.flake or spec.flake or true) then
      {
        outPath = place;
        sourceInfo.outPath = place;
      }
    else
      load {
        outPath = place;
        inherit node;
        overrides = followed;
      };

  # What is known of the sources before they are in a store.
  about =
    let
      its = unknown "self";
    in
    {
      inherit (its)
        dirtyRev
        dirtyShortRev
        lastModified
        lastModifiedDate
        narHash
        rev
        revCount
        shortRev
        ;
    };

  load =
    {
      outPath,
      node,
      overrides,
    }:
    let
      flake = import (outPath + "/flake.nix");
      specs = flake.inputs or { };
      arguments = if isFunction flake.outputs then functionArgs flake.outputs else { };
      names = removeAttrs (arguments // node.inputs or { } // specs) [ "self" ];
      inputs = mapAttrs (name: _: inputOf parent name (specs.${name} or { })) names;
      parent = { inherit outPath node overrides inputs; };
      sourceInfo = about // { inherit outPath; };
      outputs = flake.outputs (inputs // { inherit self; });
      self =
        outputs
        // sourceInfo
        // {
          inherit outPath inputs outputs sourceInfo;
          _type = "flake";
        };
    in
    self;

  self = load {
    outPath = directory;
    node = root;
    overrides = { };
  };

  specs = (import (directory + "/flake.nix")).inputs or { };
  specOf = name: if isAttrs (specs.${name} or null) then specs.${name} else { };
  nodeAt = name: nodeOf (root.inputs.${name} or null);

  # The nixpkgs that its hosts are made with, if they do not say otherwise.
  main =
    let
      isOne = name: isNixpkgs name (origin (specOf name) (nodeAt name));
      all = filter isOne (attrNames (root.inputs or { } // specs));
      usual = if all == [ ] || elem "nixpkgs" all then "nixpkgs" else head all;
      name = if standsFor == null then usual else standsFor;
    in
    {
      inherit name;
      node = nodeAt name;
    };
in
{
  inherit (self) outputs;
  lib = withHosts;
  # The nixpkgs of hosts: where it is, if it is here, what it is locked to, and where in that.
  nixpkgs = main.name;
  nixpkgsOf =
    name:
    let
      node = nodeAt name;
    in
    {
      inherit name;
      place = placeOf directory (specOf name) node;
      locked = if isFetchable node then lockedOf node else null;
      below = belowOf (specOf name) node;
    };
  # The inputs that somebody declared or locked.
  known = root.inputs or { };
}
