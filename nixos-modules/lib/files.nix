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
  /** `pathType :: path -> string`: what is at a path: `regular`, `directory`, `symlink` or `unknown`. */
  pathType =
    path:
    if baseNameOf path == "" then
      "directory"
    else
      (readDir (dirOf path)).${baseNameOf path}
        or (throw "lib.filesystem.pathType: Path ${toString path} does not exist.");
  /** `pathIsDirectory :: path -> bool`: whether there is a directory at a path. */
  pathIsDirectory = path: builtins.pathExists path && pathType path == "directory";
  /** `pathIsRegularFile :: path -> bool`: whether there is a file at a path. */
  pathIsRegularFile = path: builtins.pathExists path && pathType path == "regular";
  /** `listFilesRecursive :: path -> [path]`: all files below a directory. */
  listFilesRecursive =
    dir:
    concatMap (
      name:
      if (readDir dir).${name} == "directory" then
        listFilesRecursive (dir + "/${name}")
      else
        [ (dir + "/${name}") ]
    ) (attrNames (readDir dir));

  /** `cleanSourceFilter :: path -> string -> bool`: whether a file belongs to a source: not those of version control, editors and compilers. */
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
  /** `cleanSource :: path -> source`: a source without what `cleanSourceFilter` refuses. */
  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };
  /** `cleanSourceWith :: { src, filter, name } -> source`: the files of a source that a filter holds for. */
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
  /** `sourceByRegex :: path -> [string] -> source`: the files of a source whose relative paths match one of the regular expressions. */
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
  /** `sourceFilesBySuffices :: path -> [string] -> source`: the files of a source whose names end with one of these. */
  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      filter =
        path: type:
        type == "directory" || builtins.any (s: lib.hasSuffix s (baseNameOf path)) suffixes;
      inherit src;
    };

  /** `toGNUCommandLine :: set -> set -> [string]`: a set as arguments of a program: `{ v = true; file = "x"; }` as `-v --file x`. */
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
  /** `toGNUCommandLineShell :: set -> set -> string`: the same as words of a shell. */
  toGNUCommandLineShell = style: options: lib.escapeShellArgs (toGNUCommandLine style options);
}
