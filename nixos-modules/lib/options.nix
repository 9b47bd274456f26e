# Options and what may be wrapped around their definitions. All of it is data: reading and
# merging is done by conex's native module system.
#
# Markers in an option beside those of nixpkgs, for the native module system:
#   conex         facts about the option (see ../containers.nix)
#   conexRemoved  the advice for an option that is no more
#   conexRenamed  { from; to; warn; }: paths, and whether using `from` is worth a warning
lib:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    elemAt
    foldl'
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    tail
    ;
  inherit (lib)
    attrByPath
    getAttrFromPath
    optionalAttrs
    setAttrByPath
    ;

  override = priority: content: {
    _type = "override";
    inherit priority content;
  };
  order = priority: content: {
    _type = "order";
    inherit priority content;
  };

  native = import ./native.nix;

  # What is not written in Nix itself has to be asked of a nixpkgs.
  needsNixpkgs =
    name: throw "lib.${name} is not in conex's embedded lib; give conex a nixpkgs (--nixpkgs or -I nixpkgs=…) to use nixpkgs' lib";
in
rec {
  /** `mkOption :: { type, default, description, … } -> option`: declares an option. */
  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@attrs:
    attrs // { _type = "option"; };
  /** `isOption :: a -> bool`: whether a value is a declaration of an option. */
  isOption = lib.isType "option";

  /** `mkEnableOption :: string -> option`: a Boolean option that enables something, off by default. */
  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = lib.types.bool;
    };

  /** `mkPackageOption :: pkgs -> string or [string] -> { default, nullable, … } -> option`: an option for the package to use. */
  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      asList = x: if isList x then x else [ x ];
      names = asList name;
      path = asList default;
      text = showParts path;
      showParts = lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier;
    in
    mkOption (
      {
        type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
        description =
          "The ${lib.last names} package to use."
          + (if extraDescription == "" then "" else " " + extraDescription);
      }
      // (
        if default != null then
          {
            default = attrByPath path (throw "${text} cannot be found in ${pkgsText}") pkgs;
            defaultText = literalExpression "${pkgsText}.${text}";
          }
        else
          optionalAttrs nullable { default = null; }
      )
      // optionalAttrs (example != null) {
        example = literalExpression (
          if isList example then "${pkgsText}.${showParts example}" else example
        );
      }
    );

  /** `mkSinkUndeclaredOptions :: set -> option`: an option that takes any definition and can not be read. */
  mkSinkUndeclaredOptions =
    attrs:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = lib.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
        apply = _: throw "Option value is not readable because the option is not declared.";
      }
      // attrs
    );

  /** `literalExpression :: string -> a`: for `defaultText` and `example`: a text of Nix that is shown as it is. */
  literalExpression =
    text:
    if isString text then
      {
        _type = "literalExpression";
        inherit text;
      }
    else
      throw "literalExpression expects a string.";
  /** `literalMD :: string -> a`: for `defaultText` and `example`: a text in Markdown. */
  literalMD =
    text:
    if isString text then
      {
        _type = "literalMD";
        inherit text;
      }
    else
      throw "literalMD expects a string.";
  # Older names for the same.
  /** `literalExample :: string -> a`: an older name of `literalExpression`. */
  literalExample = literalExpression;
  /** `literalDocBook :: string -> a`: an older name of `literalMD`. */
  literalDocBook = literalMD;
  /** `mdDoc :: string -> string`: the text itself; descriptions are in Markdown anyhow. */
  mdDoc = text: text;
  /** `docbook :: string -> string`: the text itself. */
  docbook = text: text;

  /** `mkIf :: bool -> a -> a`: a definition that counts only if the condition holds, which may depend on `config`. */
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  /** `mkAssert :: bool -> string -> a -> a`: a definition that fails with a message unless the condition holds. */
  mkAssert =
    assertion: message: content:
    mkIf (if assertion then true else throw "\nFailed assertion: ${message}") content;
  /** `mkMerge :: [a] -> a`: several definitions in one place. */
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  /** `mkOverride :: int -> a -> a`: a definition with a priority: the lowest number wins, 100 is that of an ordinary one. */
  mkOverride = override;
  /** `mkOptionDefault :: a -> a`: a definition as strong as the default of an option (1500). */
  mkOptionDefault = override 1500;
  /** `mkDefault :: a -> a`: a definition that any ordinary one overrides (1000). */
  mkDefault = override 1000;
  /** `defaultOverridePriority :: int`: the priority of an ordinary definition. */
  defaultOverridePriority = 100;
  /** `mkImageMediaOverride :: a -> a`: a definition as strong as those of installation media (60). */
  mkImageMediaOverride = override 60;
  /** `mkForce :: a -> a`: a definition that overrides ordinary ones (50). */
  mkForce = override 50;
  /** `mkVMOverride :: a -> a`: a definition as strong as those of `build-vm` (10). */
  mkVMOverride = override 10;
  /** `mkFixStrictness :: a -> a`: the value itself; it was needed once. */
  mkFixStrictness = x: x;
  /** `mkOrder :: int -> a -> a`: a definition with a place among those of a list or text: lower numbers come first, 1000 is that of an ordinary one. */
  mkOrder = order;
  /** `mkBefore :: a -> a`: a definition that comes before ordinary ones (500). */
  mkBefore = order 500;
  /** `defaultOrderPriority :: int`: the order of an ordinary definition. */
  defaultOrderPriority = 1000;
  /** `mkAfter :: a -> a`: a definition that comes behind ordinary ones (1500). */
  mkAfter = order 1500;
  /** `mkDefinition :: { file, value } -> a`: a definition that says itself which file it is from. */
  mkDefinition =
    {
      file,
      value,
      ...
    }@args:
    args // { _type = "definition"; };

  # An option is `isDefined`, has `definitions`, `highestPrio` and `files` as in nixpkgs.
  /** `mkAliasIfDef :: option -> a -> a`: a definition that counts if the option is defined. */
  mkAliasIfDef = option: mkIf (isOption option && option.isDefined);
  /** `mkAliasDefinitions :: option -> a`: the definitions of an option, for another one. */
  mkAliasDefinitions = mkAliasAndWrapDefinitions (x: x);
  /** `mkAliasAndWrapDefinitions :: (a -> b) -> option -> b`: the same, with something put around them. */
  mkAliasAndWrapDefinitions =
    wrap: option: mkAliasIfDef option (wrap (mkMerge option.definitions));
  /** `mkAliasAndWrapDefsWithPriority :: (a -> b) -> option -> b`: the same, with their priorities. */
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    mkAliasIfDef option (
      wrap (mkMerge (map (mkOverride (option.highestPrio or 100)) option.definitions))
    );
  /** `mkDerivedConfig :: option -> (a -> b) -> b`: a definition made of the value of an option, with its priority. */
  mkDerivedConfig = option: f: mkOverride (option.highestPrio or 100) (f option.value);

  /** `mkRemovedOptionModule :: [string] -> string -> module`: a module that tells who defines a removed option what to do instead. */
  mkRemovedOptionModule =
    path: advice:
    { options, ... }:
    {
      options = setAttrByPath path (
        mkOption {
          visible = false;
          apply =
            _:
            throw "The option `${showOption path}' can no longer be used since it's been removed. ${advice}";
        }
        // {
          conexRemoved = advice;
        }
      );
      config.assertions =
        let
          option = getAttrFromPath path options;
        in
        [
          {
            assertion = !option.isDefined;
            message = ''
              The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.
              ${advice}
            '';
          }
        ];
    };

  /** `mkRenamedOptionModule :: [string] -> [string] -> module`: a module that hands the definitions of an old name on, with a warning. */
  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  /** `mkRenamedOptionModuleWith :: { from, to, sinceRelease } -> module`: the same; warns once that release is old enough. */
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    doRename {
      inherit from to;
      visible = false;
      warn = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
      use = lib.warnIf (lib.oldestSupportedReleaseIsAtLeast sinceRelease) "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  /** `mkAliasOptionModule :: [string] -> [string] -> module`: a module that gives an option another name. */
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = x: x;
    };
  /** `mkAliasOptionModuleMD :: [string] -> [string] -> module`: another name of `mkAliasOptionModule`. */
  mkAliasOptionModuleMD = mkAliasOptionModule;
  /** `doRename :: { from, to, visible, warn, use, … } -> module`: what the modules for renamed options are made with. */
  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      fromOption = getAttrFromPath from options;
      toOption = attrByPath to { } options;
      target = attrByPath to (throw "Renaming error: option `${showOption to}' does not exist.");
      wrap = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (
        mkOption (
          {
            inherit visible;
            description = "Alias of {option}`${showOption to}`.";
            apply = _: use (target config);
          }
          // optionalAttrs (toOption ? type) { inherit (toOption) type; }
        )
        // {
          conexRenamed = { inherit from to warn; };
        }
      );
      config = mkIf condition (mkMerge [
        (optionalAttrs (warn && options ? warnings) {
          warnings = lib.optional fromOption.isDefined "The option `${showOption from}' defined in ${showFiles fromOption.files} has been renamed to `${showOption to}'.";
        })
        (wrap (setAttrByPath to) fromOption)
      ]);
    };

  /** `mkMergedOptionModule :: [[string]] -> [string] -> (config -> a) -> module`: a module that makes one option of several old ones. */
  mkMergedOptionModule =
    from: to: merge:
    { config, options, ... }:
    {
      options = foldl' lib.recursiveUpdate { } (
        map (
          path:
          setAttrByPath path (
            mkOption {
              visible = false;
              default = "_mkMergedOptionModule";
            }
            // {
              conexRenamed = {
                from = path;
                inherit to;
                warn = true;
              };
            }
          )
        ) from
      );
      config =
        optionalAttrs (options ? warnings) {
          warnings = concatMap (
            path:
            let
              value = getAttrFromPath path config;
              option = getAttrFromPath path options;
            in
            lib.optional (value != "_mkMergedOptionModule")
              "The option `${showOption path}' defined in ${showFiles option.files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly."
          ) from;
        }
        // setAttrByPath to (
          mkMerge (
            lib.optional (builtins.any (
              path: getAttrFromPath path config != "_mkMergedOptionModule"
            ) from) (merge config)
          )
        );
    };
  /** `mkChangedOptionModule :: [string] -> [string] -> (config -> a) -> module`: a module that makes the value of a new option of an old one. */
  mkChangedOptionModule =
    from: to: change:
    mkMergedOptionModule [ from ] to change;

  # `lib.modules.importApply`: a module file that is a function of these arguments first.
  /** `importApply :: path -> a -> module`: a module in a file that is a function of something else first. */
  importApply = file: args: {
    _file = file;
    imports = [ (import file args) ];
  };
  # `lib.modules.importJSON`, which is not `lib.importJSON`: modules that are files of data.
  /** `ofFiles :: set`: modules that are files of data. */
  ofFiles =
    builtins.mapAttrs
      (_: read: file: {
        _file = file;
        config = read file;
      })
      {
        inherit (lib) importJSON importTOML;
      };
  /** `setDefaultModuleLocation :: string -> module -> module`: a module with a name for messages. */
  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };

  # Merging for mkOptionType: a list of { file; value; }.
  /** `getValues :: [{ value, … }] -> [a]`: the values of definitions. */
  getValues = map (x: x.value);
  /** `getFiles :: [{ file, … }] -> [string]`: the files of definitions. */
  getFiles = map (x: x.file);
  /** `mergeDefaultOption :: [string] -> [{ file, value }] -> a`: merges definitions by the kind of their values. */
  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
      first = head values;
    in
    if tail values == [ ] then
      first
    else if isFunction first then
      x: mergeDefaultOption loc (map (def: def // { value = def.value x; }) defs)
    else if isList first then
      builtins.concatLists values
    else if isAttrs first then
      foldl' lib.mergeAttrs { } values
    else if isBool first then
      builtins.any (x: x) values
    else if isString first then
      concatStringsSep "" values
    else if isInt first && builtins.all (x: x == first) values then
      first
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";
  /** `mergeOneOption :: [string] -> [{ file, value }] -> a`: the value of the only definition; several are an error. */
  mergeOneOption = mergeUniqueOption { message = ""; };
  /** `mergeUniqueOption :: { message, merge } -> [string] -> [{ file, value }] -> a`: the same, with an own message. */
  mergeUniqueOption =
    {
      message,
      merge ? null,
    }:
    loc: defs:
    if length defs == 1 then
      (if merge == null then (head defs).value else merge loc defs)
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";
  /** `mergeEqualOption :: [string] -> [{ file, value }] -> a`: the value of definitions that must be equal. */
  mergeEqualOption =
    loc: defs:
    if defs == [ ] then
      abort "This case should never happen."
    else if tail defs == [ ] then
      (head defs).value
    else
      (foldl' (
        first: def:
        if def.value != first.value then
          throw "The option `${showOption loc}' has conflicting definition values:${
            showDefs [
              first
              def
            ]
          }\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions."
        else
          first
      ) (head defs) (tail defs)).value;

  /** `showOption :: [string] -> string`: the path of an option as it is written in Nix. */
  showOption =
    parts:
    concatStringsSep "." (
      map (
        part:
        if
          builtins.elem part [
            "<name>"
            "*"
            "<function body>"
          ]
        then
          part
        else
          lib.strings.escapeNixIdentifier part
      ) parts
    );
  /** `showFiles :: [string] -> string`: files, as messages list them. */
  showFiles = files: concatStringsSep " and " (map (f: "`${f}'") files);
  /** `showDefs :: [{ file, value }] -> string`: definitions, as messages list them. */
  showDefs =
    defs:
    lib.concatMapStrings (
      def:
      let
        shown = builtins.tryEval (
          lib.generators.toPretty { } (
            lib.generators.withRecursion {
              depthLimit = 10;
              throwOnDepthLimit = false;
            } def.value
          )
        );
        lines = lib.splitString "\n" shown.value;
        few =
          if length lines > 5 then lib.take 5 lines ++ [ "..." ] else lines;
      in
      "\n- In `${def.file}'"
      + (
        if !shown.success then
          ""
        else if tail lines == [ ] then
          ": ${shown.value}"
        else
          ":\n    " + concatStringsSep "\n    " few
      )
    ) defs;
  /** `unknownModule :: string`: what modules without a file are called. */
  unknownModule = "<unknown-file>";

  /** `evalModules :: { modules, specialArgs, … } -> { config, options, … }`: evaluates modules: merges their definitions by their declarations. */
  evalModules = native.evalModules lib;
  /** `mergeModules :: [string] -> [module] -> set`: not here: give conex a nixpkgs. */
  mergeModules = needsNixpkgs "mergeModules";
  /** `mergeDefinitions :: [string] -> type -> [{ file, value }] -> { mergedValue, … }`: what definitions of a type come to. */
  mergeDefinitions = native.mergeDefinitions;
  /** `optionAttrSetToDocList :: set -> [set]`: not here: give conex a nixpkgs. */
  optionAttrSetToDocList = needsNixpkgs "optionAttrSetToDocList";
}
