# Attribute sets.
lib:
let
  inherit (builtins)
    attrNames
    concatMap
    elemAt
    filter
    foldl'
    head
    isAttrs
    isList
    length
    listToAttrs
    map
    tail
    ;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  /** `nameValuePair :: string -> a -> { name, value }`: the pair that `listToAttrs` takes. */
  nameValuePair = name: value: { inherit name value; };
  /** `optionalAttrs :: bool -> set -> set`: the set if the condition holds, else an empty one. */
  optionalAttrs = condition: set: if condition then set else { };
  /** `genAttrs :: [string] -> (string -> a) -> { … :: a }`: a set with these names, whose values the function makes of them. */
  genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
  /** `genAttrs' :: [a] -> (a -> { name, value }) -> set`: a set of the pairs that the function makes of the elements. */
  genAttrs' = list: f: listToAttrs (map f list);
  /** `mapAttrs' :: (string -> a -> { name, value }) -> set -> set`: makes a new name and value of every attribute. */
  mapAttrs' =
    f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  /** `mapAttrsToList :: (string -> a -> b) -> { … :: a } -> [b]`: a list of what the function makes of each name and value. */
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  /** `attrsToList :: { … :: a } -> [{ name, value }]`: the attributes as a list of pairs. */
  attrsToList = mapAttrsToList nameValuePair;
  /** `attrVals :: [string] -> set -> [a]`: the values of these names, in this order. */
  attrVals = names: set: map (name: set.${name}) names;
  /** `getAttrs :: [string] -> set -> set`: the part of the set with these names, which must be there. */
  getAttrs = names: set: genAttrs names (name: set.${name});
  /** `filterAttrs :: (string -> a -> bool) -> set -> set`: the attributes that the predicate holds for. */
  filterAttrs =
    p: set: removeAttrs set (filter (name: !p name set.${name}) (attrNames set));
  /** `filterAttrsRecursive :: (string -> a -> bool) -> set -> set`: the same, in all sets inside, too. */
  filterAttrsRecursive =
    p: set:
    listToAttrs (
      concatMap (
        name:
        let
          value = set.${name};
        in
        if p name value then
          [ (nameValuePair name (if isAttrs value then filterAttrsRecursive p value else value)) ]
        else
          [ ]
      ) (attrNames set)
    );
  /** `concatMapAttrs :: (string -> a -> set) -> { … :: a } -> set`: the sets that the function makes of the attributes, in one; later names win. */
  concatMapAttrs = f: set: mergeAttrsList (mapAttrsToList f set);
  /** `foldlAttrs :: (b -> string -> a -> b) -> b -> { … :: a } -> b`: folds over names and values, by name. */
  foldlAttrs =
    f: start: set:
    foldl' (acc: name: f acc name set.${name}) start (attrNames set);
  /** `foldAttrs :: (a -> b -> b) -> b -> [{ … :: a }] -> { … :: b }`: folds the values of each name over all sets of a list. */
  foldAttrs =
    op: start: list:
    builtins.mapAttrs (_: lib.foldr op start) (zipAttrs list);
  /** `zipAttrs :: [set] -> { … :: [a] }`: one set with the values of all, a list of them for each name. */
  zipAttrs = builtins.zipAttrsWith (_: values: values);
  /** `zipAttrsWithNames :: [string] -> (string -> [a] -> b) -> [set] -> { … :: b }`: combines the values of these names over all sets. */
  zipAttrsWithNames =
    names: f: sets:
    genAttrs names (name: f name (builtins.catAttrs name sets));
  /** `mapAttrsRecursive :: ([string] -> a -> b) -> set -> set`: maps all that is no set, with the path of names to it. */
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  /** `mapAttrsRecursiveCond :: (set -> bool) -> ([string] -> a -> b) -> set -> set`: the same; goes only into the sets that the predicate holds for. */
  mapAttrsRecursiveCond =
    descend: f:
    let
      walk =
        path:
        builtins.mapAttrs (
          name: value:
          let
            here = path ++ [ name ];
          in
          if isAttrs value && descend value then walk here value else f here value
        );
    in
    walk [ ];
  /** `mapAttrsToListRecursive :: ([string] -> a -> b) -> set -> [b]`: a list of what the function makes of all that is no set. */
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  /** `mapAttrsToListRecursiveCond :: ([string] -> set -> bool) -> ([string] -> a -> b) -> set -> [b]`: the same; goes only into the sets that the predicate holds for. */
  mapAttrsToListRecursiveCond =
    descend: f:
    let
      walk =
        path: value:
        if isAttrs value && (path == [ ] || descend path value) then
          concatMap (name: walk (path ++ [ name ]) value.${name}) (attrNames value)
        else
          [ (f path value) ];
    in
    walk [ ];
  /** `collect :: (a -> bool) -> set -> [a]`: all values inside that the predicate holds for, however deep. */
  collect =
    p: value:
    if p value then
      [ value ]
    else if isAttrs value then
      concatMap (collect p) (builtins.attrValues value)
    else
      [ ];

  # Paths of names.
  /** `attrByPath :: [string] -> a -> set -> a`: the value at a path of names, else the default. */
  attrByPath =
    path: default: set:
    let
      count = length path;
      at =
        i: value:
        if i == count then
          value
        else if value ? ${elemAt path i} then
          at (i + 1) value.${elemAt path i}
        else
          default;
    in
    at 0 set;
  /** `hasAttrByPath :: [string] -> set -> bool`: whether there is a value at a path of names. */
  hasAttrByPath =
    path: set:
    let
      count = length path;
      at = i: value: i == count || (value ? ${elemAt path i} && at (i + 1) value.${elemAt path i});
    in
    at 0 set;
  /** `getAttrFromPath :: [string] -> set -> a`: the value at a path of names; an error that names the path if there is none. */
  getAttrFromPath =
    path: set:
    attrByPath path (throw (
      "cannot find attribute '${showAttrPath path}'"
      + (
        let
          valid = longestValidPathPrefix path set;
        in
        lib.optionalString (valid != [ ]) " in '${showAttrPath valid}'"
      )
    )) set;
  /** `longestValidPathPrefix :: [string] -> set -> [string]`: how far a path of names leads into the set. */
  longestValidPathPrefix =
    path: set:
    let
      count = length path;
      at =
        i: value:
        if i == count then
          path
        else if value ? ${elemAt path i} then
          at (i + 1) value.${elemAt path i}
        else
          lib.take i path;
    in
    at 0 set;
  /** `setAttrByPath :: [string] -> a -> set`: a set with just this value at a path of names. */
  setAttrByPath = path: value: lib.foldr (name: inner: { ${name} = inner; }) value path;
  /** `showAttrPath :: [string] -> string`: a path of names as it is written in Nix. */
  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;
  /** `updateManyAttrsByPath :: [{ path, update }] -> set -> set`: changes the values at several paths, each by a function of the old one. */
  updateManyAttrsByPath =
    updates:
    let
      # `value` may not exist; an update that does not look at it makes it.
      go =
        steps: exists: value:
        let
          here = filter (s: s.path == [ ]) steps;
          deeper = builtins.groupBy (s: head s.path) (filter (s: s.path != [ ]) steps);
          set = if exists && isAttrs value then value else { };
          changed =
            if deeper == { } then
              value
            else
              set
              // builtins.mapAttrs (
                name: steps:
                go (map (s: s // { path = tail s.path; }) steps) (set ? ${name}) (
                  set.${name} or (throw "updateManyAttrsByPath: Path '${name}' does not exist in the given value, but the first update to it tries to access the existing value")
                )
              ) deeper;
        in
        lib.foldl (v: s: s.update v) changed here;
    in
    go updates true;

  /** `recursiveUpdate :: set -> set -> set`: like `//`, but sets that are in both are combined, too. */
  recursiveUpdate = recursiveUpdateUntil (_: a: b: !(isAttrs a && isAttrs b));
  /** `recursiveUpdateUntil :: ([string] -> a -> b -> bool) -> set -> set -> set`: the same, down to where the predicate holds. */
  recursiveUpdateUntil =
    stop:
    let
      merge =
        path:
        builtins.zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
            a = elemAt values 1;
            b = head values;
          in
          if length values == 1 || stop here a b then b else merge here values
        );
    in
    a: b:
    merge [ ] [
      b
      a
    ];
  /** `matchAttrs :: set -> set -> bool`: whether the second set has all that the first one has. */
  matchAttrs =
    pattern: set:
    isAttrs pattern
    && builtins.all (
      name:
      set ? ${name}
      && (
        let
          p = pattern.${name};
          v = set.${name};
        in
        if isAttrs p then isAttrs v && matchAttrs p v else p == v
      )
    ) (attrNames pattern);
  /** `overrideExisting :: set -> set -> set`: the first set with those values of the second one whose names it has. */
  overrideExisting = old: new: builtins.mapAttrs (name: value: new.${name} or value) old;
  # In halves: each set is copied log n times instead of n.
  /** `mergeAttrsList :: [set] -> set`: all sets in one; later ones win. */
  mergeAttrsList =
    list:
    let
      merge =
        start: end:
        if end - start > 1 then
          merge start (start + (end - start) / 2) // merge (start + (end - start) / 2) end
        else
          elemAt list start;
    in
    if list == [ ] then { } else merge 0 (length list);
  /** `unionOfDisjoint :: set -> set -> set`: both sets in one; a name in both is an error when it is used. */
  unionOfDisjoint =
    a: b:
    let
      both = builtins.intersectAttrs a b;
    in
    (a // b)
    // builtins.mapAttrs (
      name: _: throw "unionOfDisjoint: collision on ${name}; complete list: ${builtins.concatStringsSep " " (attrNames both)}"
    ) both;
  /** `cartesianProduct :: { … :: [a] } -> [{ … :: a }]`: every combination of one value of each list. */
  cartesianProduct =
    sets:
    foldl' (
      rows: name: concatMap (row: map (value: row // { ${name} = value; }) sets.${name}) rows
    ) [ { } ] (attrNames sets);
  /** `mapCartesianProduct :: ({ … :: a } -> b) -> { … :: [a] } -> [b]`: what the function makes of every such combination. */
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);

  # Packages.
  /** `isDerivation :: a -> bool`: whether a value is a derivation. */
  isDerivation = value: value.type or null == "derivation";
  /** `toDerivation :: path -> derivation`: a store path as a derivation that is built already. */
  toDerivation =
    path:
    let
      file = builtins.storePath path;
      found = {
        type = "derivation";
        name = lib.strings.sanitizeDerivationName (builtins.substring 33 (-1) (baseNameOf file));
        outPath = file;
        outputs = [ "out" ];
        out = found;
        outputName = "out";
      };
    in
    found;
  /** `getOutput :: string -> package -> package`: an output of a package, else `out`, unless an output was chosen already. */
  getOutput =
    output: pkg:
    if !pkg ? outputSpecified || !pkg.outputSpecified then
      pkg.${output} or pkg.out or pkg
    else
      pkg;
  /** `getFirstOutput :: [string] -> package -> package`: the first of these outputs that the package has. */
  getFirstOutput =
    candidates: pkg:
    let
      there = filter (name: pkg ? ${name}) candidates;
    in
    if pkg.outputSpecified or false || there == [ ] then pkg else pkg.${head there};
  /** `getBin :: package -> package`: the output with the programs. */
  getBin = getOutput "bin";
  /** `getLib :: package -> package`: the output with the libraries. */
  getLib = getOutput "lib";
  /** `getDev :: package -> package`: the output for building against it. */
  getDev = getOutput "dev";
  /** `getMan :: package -> package`: the output with the manual pages. */
  getMan = getOutput "man";
  /** `getInclude :: package -> package`: the output with the headers. */
  getInclude = getFirstOutput [
    "include"
    "dev"
    "out"
  ];
  /** `getStatic :: package -> package`: the output with the static libraries. */
  getStatic = getFirstOutput [
    "static"
    "lib"
    "out"
  ];
  /** `chooseDevOutputs :: [package] -> [package]`: the outputs of packages for building against them. */
  chooseDevOutputs = map getDev;
  /** `recurseIntoAttrs :: set -> set`: has tools look for packages in the set, too. */
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  /** `dontRecurseIntoAttrs :: set -> set`: has tools not look for packages in the set. */
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
  /** `getExe :: package -> string`: the path of the main program of a package (`meta.mainProgram`). */
  getExe =
    pkg:
    getExe' pkg (
      pkg.meta.mainProgram or (lib.warn
        "getExe: Package ${pkg.name or "?"} does not have the meta.mainProgram attribute. We'll assume that the main program has the same name for now, but this behavior is deprecated, because it leads to surprising errors when the assumption does not hold. If the package has a main program, please set `meta.mainProgram` in its definition to make this warning go away. Otherwise, if the package does not have a main program, or if you don't control its definition, use getExe' to specify the name to the program, such as lib.getExe' foo \"bar\"."
        lib.getName
        pkg
      )
    );
  /** `getExe' :: package -> string -> string`: the path of a program of a package. */
  getExe' =
    pkg: name:
    if !lib.isString name then
      throw "lib.meta.getExe': The second argument is of type ${builtins.typeOf name}, but it should be a string"
    else if lib.hasInfix "/" name then
      throw "lib.meta.getExe': The second argument \"${name}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead."
    else
      "${getBin pkg}/bin/${name}";
  /** `addMetaAttrs :: set -> package -> package`: the package with more in its `meta`. */
  addMetaAttrs = new: pkg: pkg // { meta = (pkg.meta or { }) // new; };
  /** `setPrio :: int -> package -> package`: the package with a priority; the lower number wins where files collide. */
  setPrio = priority: addMetaAttrs { inherit priority; };
  /** `lowPrio :: package -> package`: the package with a low priority. */
  lowPrio = setPrio 10;
  /** `hiPrio :: package -> package`: the package with a high priority. */
  hiPrio = setPrio (-10);
  /** `lowPrioSet :: set -> set`: all packages of a set with a low priority. */
  lowPrioSet = mapDerivationAttrset lowPrio;
  /** `hiPrioSet :: set -> set`: all packages of a set with a high priority. */
  hiPrioSet = mapDerivationAttrset hiPrio;
  /** `mapDerivationAttrset :: (package -> a) -> set -> set`: maps the packages of a set and leaves all else. */
  mapDerivationAttrset =
    f: builtins.mapAttrs (_: value: if isDerivation value then f value else value);
  /** `setName :: string -> derivation -> derivation`: the derivation under another name. */
  setName = name: drv: drv // { inherit name; };
  /** `updateName :: (string -> string) -> derivation -> derivation`: the derivation under a name made of the old one. */
  updateName = f: drv: drv // { name = f drv.name; };
  /** `dontDistribute :: package -> package`: the package without builds on Hydra. */
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  /** `optionalDrvAttr :: bool -> a -> a or null`: the value if the condition holds, else null. */
  optionalDrvAttr = condition: value: if condition then value else null;
}
