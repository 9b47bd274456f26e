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

  nameValuePair = name: value: { inherit name value; };
  optionalAttrs = condition: set: if condition then set else { };
  genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
  genAttrs' = list: f: listToAttrs (map f list);
  mapAttrs' =
    f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  attrsToList = mapAttrsToList nameValuePair;
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});
  filterAttrs =
    p: set: removeAttrs set (filter (name: !p name set.${name}) (attrNames set));
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
  concatMapAttrs = f: set: mergeAttrsList (mapAttrsToList f set);
  foldlAttrs =
    f: start: set:
    foldl' (acc: name: f acc name set.${name}) start (attrNames set);
  foldAttrs =
    op: start: list:
    builtins.mapAttrs (_: lib.foldr op start) (zipAttrs list);
  zipAttrs = builtins.zipAttrsWith (_: values: values);
  zipAttrsWithNames =
    names: f: sets:
    genAttrs names (name: f name (builtins.catAttrs name sets));
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
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
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
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
  collect =
    p: value:
    if p value then
      [ value ]
    else if isAttrs value then
      concatMap (collect p) (builtins.attrValues value)
    else
      [ ];

  # Paths of names.
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
  hasAttrByPath =
    path: set:
    let
      count = length path;
      at = i: value: i == count || (value ? ${elemAt path i} && at (i + 1) value.${elemAt path i});
    in
    at 0 set;
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
  setAttrByPath = path: value: lib.foldr (name: inner: { ${name} = inner; }) value path;
  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;
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

  recursiveUpdate = recursiveUpdateUntil (_: a: b: !(isAttrs a && isAttrs b));
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
  overrideExisting = old: new: builtins.mapAttrs (name: value: new.${name} or value) old;
  # In halves: each set is copied log n times instead of n.
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
  unionOfDisjoint =
    a: b:
    let
      both = builtins.intersectAttrs a b;
    in
    (a // b)
    // builtins.mapAttrs (
      name: _: throw "unionOfDisjoint: collision on ${name}; complete list: ${builtins.concatStringsSep " " (attrNames both)}"
    ) both;
  cartesianProduct =
    sets:
    foldl' (
      rows: name: concatMap (row: map (value: row // { ${name} = value; }) sets.${name}) rows
    ) [ { } ] (attrNames sets);
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);

  # Packages.
  isDerivation = value: value.type or null == "derivation";
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
  getOutput =
    output: pkg:
    if !pkg ? outputSpecified || !pkg.outputSpecified then
      pkg.${output} or pkg.out or pkg
    else
      pkg;
  getFirstOutput =
    candidates: pkg:
    let
      there = filter (name: pkg ? ${name}) candidates;
    in
    if pkg.outputSpecified or false || there == [ ] then pkg else pkg.${head there};
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getDev = getOutput "dev";
  getMan = getOutput "man";
  getInclude = getFirstOutput [
    "include"
    "dev"
    "out"
  ];
  getStatic = getFirstOutput [
    "static"
    "lib"
    "out"
  ];
  chooseDevOutputs = map getDev;
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
  getExe =
    pkg:
    getExe' pkg (
      pkg.meta.mainProgram or (lib.warn
        "getExe: Package ${pkg.name or "?"} does not have the meta.mainProgram attribute. We'll assume that the main program has the same name for now, but this behavior is deprecated, because it leads to surprising errors when the assumption does not hold. If the package has a main program, please set `meta.mainProgram` in its definition to make this warning go away. Otherwise, if the package does not have a main program, or if you don't control its definition, use getExe' to specify the name to the program, such as lib.getExe' foo \"bar\"."
        lib.getName
        pkg
      )
    );
  getExe' =
    pkg: name:
    if !lib.isString name then
      throw "lib.meta.getExe': The second argument is of type ${builtins.typeOf name}, but it should be a string"
    else if lib.hasInfix "/" name then
      throw "lib.meta.getExe': The second argument \"${name}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead."
    else
      "${getBin pkg}/bin/${name}";
  addMetaAttrs = new: pkg: pkg // { meta = (pkg.meta or { }) // new; };
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  hiPrio = setPrio (-10);
  lowPrioSet = mapDerivationAttrset lowPrio;
  hiPrioSet = mapDerivationAttrset hiPrio;
  mapDerivationAttrset =
    f: builtins.mapAttrs (_: value: if isDerivation value then f value else value);
  setName = name: drv: drv // { inherit name; };
  updateName = f: drv: drv // { name = f drv.name; };
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  optionalDrvAttr = condition: value: if condition then value else null;
}
