# conex's own `lib`: the functions that configurations use most, with the results of nixpkgs'.
# It is read at every start, so it is small, and a file is only parsed when one of its
# functions is used. `nixos-modules/README.md` says how to add a function.
let
  make =
    parts:
    let
      self = parts (
        overlay:
        make (
          extend: final:
          let
            prev = parts extend final;
          in
          prev // overlay final prev
        )
      ) self;
    in
    self;
in
make (
  extend: lib:
  let
    trivial = import ./trivial.nix lib;
    lists = import ./lists.nix lib;
    attrsets = import ./attrsets.nix lib;
    strings = import ./strings.nix lib;
    options = import ./options.nix lib;
    types = import ./types.nix lib;
    generators = import ./generators.nix lib;
    filesystem = import ./files.nix lib;
    path = import ./paths.nix lib;
  in
  {
    inherit
      extend
      trivial
      lists
      attrsets
      strings
      options
      types
      generators
      filesystem
      path
      ;
    # The same functions under the names of nixpkgs' other sub-sets.
    modules = options // {
      inherit (options.ofFiles) importJSON importTOML;
    };
    fixedPoints = trivial;
    customisation = trivial;
    debug = trivial;
    asserts = trivial;
    meta = attrsets;
    derivations = attrsets;
    sources = filesystem;
    cli = filesystem;
    stringsWithDeps = trivial;
    inherit (trivial) versions;
    inherit (generators) mkLuaInline;

    # Tells a module that conex itself is evaluating it.
    conex = true;

    inherit (trivial)
      add addErrorContext and assertMsg assertOneOf bitAnd bitNot bitOr bitXor boolToString
      boolToYesNo callPackageWith callPackagesWith ceil checkListOfEnum compare
      composeExtensions composeManyExtensions concat const converge deepSeq defaultTo div
      extends fakeHash fakeSha256 fakeSha512 fix fix' flip floor fromHexString fullDepEntry
      functionArgs genericClosure id importJSON importTOML inNixShell inPureEvalMode isBool
      isFloat isFunction isInOldestRelease isInt lessThan makeExtensible
      makeExtensibleWithCustomName makeOverridable makeScope mapNullable max mergeAttrs min
      mirrorFunctionArgs mod mul nixpkgsVersion noDepEntry oldestSupportedReleaseIsAtLeast or
      overrideDerivation packEntry pathExists pipe readFile runTests seq setFunctionArgs
      showWarnings splitByAndCompare stringAfter sub throwIf throwIfNot toBaseDigits toExtension
      toFunction toHexString trace traceFnSeqN traceIf traceSeq traceSeqN traceVal traceValFn traceValSeq
      traceValSeqFn traceValSeqN traceValSeqNFn unsafeGetAttrPos version warn warnIf warnIfNot xor
      ;
    inherit (lists)
      all allUnique any compareLists concatAttrValues concatLists concatMap count crossLists
      drop dropEnd elem elemAt filter findFirst findSingle flatten fold foldl foldl' foldr
      forEach genList groupBy groupBy' head ifilter0 imap imap0 imap1 init intersectLists isList last
      length listDfs map mutuallyExclusive naturalSort optional optionals partition range remove
      replaceElemAt replicate reverseList singleton sort sortOn sublist subtractLists tail take
      takeEnd toList toposort unique uniqueStrings zipLists zipListsWith
      ;
    inherit (attrsets)
      addMetaAttrs attrByPath attrNames attrVals attrValues attrsToList cartesianProduct
      catAttrs chooseDevOutputs collect concatMapAttrs dontDistribute dontRecurseIntoAttrs
      filterAttrs filterAttrsRecursive foldAttrs foldlAttrs genAttrs genAttrs' getAttr
      getAttrFromPath getAttrs getBin getDev getExe getExe' getFirstOutput getInclude getLib
      getMan getOutput getStatic hasAttr hasAttrByPath hiPrio hiPrioSet intersectAttrs isAttrs
      isDerivation listToAttrs lowPrio lowPrioSet mapAttrs mapAttrs' mapAttrsRecursive
      mapAttrsRecursiveCond mapAttrsToList mapAttrsToListRecursive mapAttrsToListRecursiveCond
      mapCartesianProduct mapDerivationAttrset matchAttrs mergeAttrsList nameValuePair
      optionalAttrs optionalDrvAttr overrideExisting recurseIntoAttrs recursiveUpdate
      recursiveUpdateUntil removeAttrs setAttrByPath setName setPrio showAttrPath toDerivation
      updateManyAttrsByPath updateName zipAttrs zipAttrsWith zipAttrsWithNames
      ;
    inherit (strings)
      addContextFrom appendContext cmakeBool cmakeFeature cmakeOptionType compareVersions
      concatImapStrings concatImapStringsSep concatLines concatMapAttrsStringSep
      concatMapStrings concatMapStringsSep concatStrings concatStringsSep enableFeature
      enableFeatureAs escape escapeRegex escapeShellArg
      escapeShellArgs escapeURL escapeXML fileContents fixedWidthNumber fixedWidthString
      fromJSON getName getVersion hasInfix hasPrefix hasSuffix intersperse isStorePath isString
      isStringLike isValidPosixName join lowerChars makeBinPath makeIncludePath makeLibraryPath
      makeSearchPath makeSearchPathOutput match mesonBool mesonEnable mesonOption nameFromURL
      optionalString parseDrvName removePrefix removeSuffix replaceString replaceStrings split
      splitString splitStringBy stringAsChars stringLength stringToCharacters substring
      toCamelCase toInt toIntBase10 toJSON toLower toSentenceCase toShellVar toShellVars toUpper
      trim trimWith typeOf unsafeDiscardStringContext upperChars versionAtLeast versionOlder
      withFeature withFeatureAs
      ;
    inherit (options)
      doRename docbook evalModules getFiles getValues importApply isOption literalDocBook
      literalExample literalExpression literalMD mdDoc mergeDefaultOption mergeDefinitions
      mergeEqualOption mergeModules mergeOneOption mergeUniqueOption mkAfter
      mkAliasAndWrapDefinitions mkAliasDefinitions mkAliasOptionModule mkAliasOptionModuleMD
      mkAssert mkBefore mkChangedOptionModule mkDefault mkDefinition mkDerivedConfig
      mkEnableOption mkFixStrictness mkForce mkIf mkImageMediaOverride mkMerge
      mkMergedOptionModule mkOption mkOptionDefault mkOrder mkOverride mkPackageOption
      mkRemovedOptionModule mkRenamedOptionModule mkRenamedOptionModuleWith
      mkSinkUndeclaredOptions mkVMOverride optionAttrSetToDocList setDefaultModuleLocation
      showFiles showOption unknownModule
      ;
    inherit (types)
      isOptionType isType mkOptionType setType
      ;
    inherit (filesystem)
      baseNameOf cleanSource cleanSourceFilter cleanSourceWith dirOf hashFile isPath
      pathIsDirectory pathIsRegularFile pathType readDir readFileType sourceByRegex
      sourceFilesBySuffices
      ;
    inherit (builtins)
      fromTOML getContext hasContext hashString placeholder splitVersion toFile toString toXML
      tryEval
      ;
  }
)
