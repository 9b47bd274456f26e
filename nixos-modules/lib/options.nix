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
  isOption = lib.isType "option";

  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = lib.types.bool;
    };

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

  literalExpression =
    text:
    if isString text then
      {
        _type = "literalExpression";
        inherit text;
      }
    else
      throw "literalExpression expects a string.";
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
  literalExample = literalExpression;
  literalDocBook = literalMD;
  mdDoc = text: text;
  docbook = text: text;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkAssert =
    assertion: message: content:
    mkIf (if assertion then true else throw "\nFailed assertion: ${message}") content;
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = override;
  mkOptionDefault = override 1500;
  mkDefault = override 1000;
  defaultOverridePriority = 100;
  mkImageMediaOverride = override 60;
  mkForce = override 50;
  mkVMOverride = override 10;
  mkFixStrictness = x: x;
  mkOrder = order;
  mkBefore = order 500;
  defaultOrderPriority = 1000;
  mkAfter = order 1500;
  mkDefinition =
    {
      file,
      value,
      ...
    }@args:
    args // { _type = "definition"; };

  # An option is `isDefined`, has `definitions`, `highestPrio` and `files` as in nixpkgs.
  mkAliasIfDef = option: mkIf (isOption option && option.isDefined);
  mkAliasDefinitions = mkAliasAndWrapDefinitions (x: x);
  mkAliasAndWrapDefinitions =
    wrap: option: mkAliasIfDef option (wrap (mkMerge option.definitions));
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    mkAliasIfDef option (
      wrap (mkMerge (map (mkOverride (option.highestPrio or 100)) option.definitions))
    );
  mkDerivedConfig = option: f: mkOverride (option.highestPrio or 100) (f option.value);

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

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
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
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = x: x;
    };
  mkAliasOptionModuleMD = mkAliasOptionModule;
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
  mkChangedOptionModule =
    from: to: change:
    mkMergedOptionModule [ from ] to change;

  # `lib.modules.importApply`: a module file that is a function of these arguments first.
  importApply = file: args: {
    _file = file;
    imports = [ (import file args) ];
  };
  # `lib.modules.importJSON`, which is not `lib.importJSON`: modules that are files of data.
  ofFiles =
    builtins.mapAttrs
      (_: read: file: {
        _file = file;
        config = read file;
      })
      {
        inherit (lib) importJSON importTOML;
      };
  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };

  # Merging for mkOptionType: a list of { file; value; }.
  getValues = map (x: x.value);
  getFiles = map (x: x.file);
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
  mergeOneOption = mergeUniqueOption { message = ""; };
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
  showFiles = files: concatStringsSep " and " (map (f: "`${f}'") files);
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
  unknownModule = "<unknown-file>";

  evalModules = native.evalModules lib;
  mergeModules = needsNixpkgs "mergeModules";
  inherit (native) mergeDefinitions;
  optionAttrSetToDocList = needsNixpkgs "optionAttrSetToDocList";
}
