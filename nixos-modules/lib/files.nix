# Files, sources and command lines.
lib:
let
  inherit (builtins)
    attrNames
    concatMap
    isBool
    isList
    match
    readDir
    ;
in
rec {
  inherit (builtins)
    baseNameOf
    dirOf
    hashFile
    isPath
    readDir
    readFileType
    ;
  pathType =
    path:
    if baseNameOf path == "" then
      "directory"
    else
      (readDir (dirOf path)).${baseNameOf path}
        or (throw "lib.filesystem.pathType: Path ${toString path} does not exist.");
  pathIsDirectory = path: builtins.pathExists path && pathType path == "directory";
  pathIsRegularFile = path: builtins.pathExists path && pathType path == "regular";
  listFilesRecursive =
    dir:
    concatMap (
      name:
      if (readDir dir).${name} == "directory" then
        listFilesRecursive (dir + "/${name}")
      else
        [ (dir + "/${name}") ]
    ) (attrNames (readDir dir));

  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf (toString path);
    in
    !(
      (
        name == ".git"
        || (
          type == "directory"
          && builtins.elem name [
            ".svn"
            "CVS"
            ".hg"
            ".jj"
            ".pijul"
            "_darcs"
          ]
        )
      )
      || lib.hasSuffix "~" name
      || match "\\.sw[a-z]" name != null
      || match "\\..*\\.sw[a-z]" name != null
      || lib.hasSuffix ".o" name
      || lib.hasSuffix ".so" name
      || (type == "symlink" && lib.hasPrefix "result" name)
      || type == "unknown"
    );
  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };
  cleanSourceWith =
    {
      filter ? _: _: true,
      src,
      name ? null,
    }:
    let
      inner = src._isLibCleanSourceWith or false;
      origSrc = if inner then src.origSrc else src;
      filter' = if inner then path: type: filter path type && src.filter path type else filter;
      name' =
        if name != null then
          name
        else if inner then
          src.name
        else
          "source";
    in
    {
      _isLibCleanSourceWith = true;
      inherit origSrc;
      filter = filter';
      name = name';
      outPath = builtins.path {
        filter = filter';
        path = origSrc;
        name = name';
      };
    };
  sourceByRegex =
    src: patterns:
    let
      origSrc = if src._isLibCleanSourceWith or false then src.origSrc else src;
    in
    cleanSourceWith {
      filter =
        path: _:
        let
          relative = lib.removePrefix (toString origSrc + "/") (toString path);
        in
        builtins.any (pattern: match pattern relative != null) patterns;
      inherit src;
    };
  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      filter =
        path: type:
        type == "directory" || builtins.any (s: lib.hasSuffix s (baseNameOf path)) suffixes;
      inherit src;
    };

  toGNUCommandLine =
    {
      mkOptionName ? k: if builtins.stringLength k == 1 then "-${k}" else "--${k}",
      mkBool ? k: v: lib.optional v (mkOptionName k),
      mkList ? k: v: concatMap (mkOption k) v,
      mkOption ?
        k: v:
        if v == null then
          [ ]
        else if optionValueSeparator == null then
          [
            (mkOptionName k)
            (lib.generators.mkValueStringDefault { } v)
          ]
        else
          [ "${mkOptionName k}${optionValueSeparator}${lib.generators.mkValueStringDefault { } v}" ],
      optionValueSeparator ? null,
    }:
    options:
    builtins.concatLists (
      lib.mapAttrsToList (
        k: v:
        if isBool v then
          mkBool k v
        else if isList v then
          mkList k v
        else
          mkOption k v
      ) options
    );
  toGNUCommandLineShell = style: options: lib.escapeShellArgs (toGNUCommandLine style options);
}
