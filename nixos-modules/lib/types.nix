# Option types, as data for conex's native module system.
#
# The contract with the reader of these sets (crate `options`):
#
# Every type is { _type = "option-type"; name; description; descriptionClass; conex; }.
#   name, description   strings, in nixpkgs' wording; `description` goes into messages
#   descriptionClass    "noun", "conjunction", "composite", "nonRestrictiveClause" or null:
#                       only for composing descriptions here
#   check, merge        those of ./native.nix, for code that calls them. Where a type has others
#                       (value → bool; loc → [ { file; value; } ] → value), they take the place of
#                       what `conex` says.
#
# `conex` says what the type accepts and how its definitions merge. `kind` and its fields:
#   bool boolByOr float package anything unspecified raw attrs
#   int           min max                 null: no bound
#   number        min max above           above: exclusive lower bound; null: none
#   str           pattern                 POSIX ERE or null
#                 separator               null: one definition only; else joined with it
#                 nonEmpty singleLine     bools; singleLine drops one final newline
#   path          absolute inStore        true, false, or null for "either"
#   enum          values
#   listOf        elem nonEmpty
#   attrsOf       elem lazy placeholder
#   nullOr        elem
#   either        left right
#   coercedTo     from coerce to
#   submodule     modules specialArgs shorthandOnlyDefinesConfig description class
#   deferredModule  modules               static modules, mostly [ ]
#   functionTo    elem
#   unique        elem message
#   attrTag       tags                    attribute set of options
#   addCheck      elem check              name and description are elem's
#   optionType    types, which merge as those of several declarations of an option
#   custom        made by mkOptionType: `check` and `merge` of the type itself
#   toplevel      a container's NixOS configuration: collected, never evaluated
#
# A type that a user changes with `//` keeps its `conex`, so `check` and `merge` above win.
lib:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    foldl'
    head
    isBool
    isInt
    isString
    mapAttrs
    tail
    toJSON
    typeOf
    ;

  native = import ./native.nix;

  # A type of the table: name, description, class, data. What else a type of nixpkgs has is there
  # for code that asks for it: `check` and `merge` are the native ones.
  type =
    name: description: descriptionClass: conex:
    let
      self = {
        _type = "option-type";
        inherit
          name
          description
          descriptionClass
          conex
          ;
        check = native.check self;
        merge = native.merge self;
        deprecationMessage = null;
      }
      // (if conex ? elem then around conex.elem conex else plainType);
    in
    self;
  plainType = {
    getSubOptions = _: { };
    getSubModules = null;
    nestedTypes = { };
    emptyValue = { };
  };
  around =
    elem:
    {
      kind,
      placeholder ? "name",
      ...
    }:
    {
    getSubOptions =
      prefix:
      elem.getSubOptions (
        prefix
        ++ {
          listOf = [ "*" ];
          attrsOf = [ "<${placeholder}>" ];
          functionTo = [ "<function body>" ];
        }
        .${kind} or [ ]
      );
    getSubModules = elem.getSubModules or null;
    nestedTypes.elemType = elem;
    emptyValue =
      {
        listOf.value = [ ];
        attrsOf.value = { };
        nullOr.value = null;
        functionTo = { };
      }
      .${kind} or elem.emptyValue or { };
  };
  noun = name: description: conex: type name description "noun" conex;
  plain = name: description: noun name description { kind = name; };

  # The description, in brackets unless its class is one of these.
  phrase =
    classes: t:
    let
      text = if t.description or null == null then t.name else t.description;
    in
    if elem (t.descriptionClass or null) classes then text else "(${text})";
  nounPhrase = phrase [ "noun" ];
  itemPhrase = phrase [
    "noun"
    "composite"
  ];
  choicePhrase = phrase [
    "noun"
    "conjunction"
  ];
  lastChoicePhrase = phrase [
    "noun"
    "conjunction"
    "composite"
  ];

  integer =
    name: description: min: max:
    noun name description {
      kind = "int";
      inherit min max;
    };
  sized =
    bits: unsigned: min: max:
    integer "${if unsigned then "un" else ""}signedInt${toString bits}"
      "${toString bits} bit ${if unsigned then "un" else ""}signed integer; ${range min max}"
      min
      max;
  range = min: max: "between ${toString min} and ${toString max} (both inclusive)";
  numeric = name: description: class: bounds:
    type name description class (
      {
        kind = "number";
        min = null;
        max = null;
        above = null;
      }
      // bounds
    );
  ordered =
    what: min: max:
    if min <= max then
      (x: x)
    else
      throw "${what}.between: lowest must be smaller than highest";

  text =
    name: description: fields:
    noun name description (
      {
        kind = "str";
        pattern = null;
        separator = null;
        nonEmpty = false;
        singleLine = false;
      }
      // fields
    );

  # `checked name description check`: any value, as long as `check` holds.
  checked = name: description: check: noun name description {
    kind = "addCheck";
    elem = types.raw;
    inherit check;
  };

  types = {
    inherit isType setType;
    /** `isOptionType :: a -> bool`: whether a value is a type of options. */
    isOptionType = isType "option-type";
    inherit mkOptionType;
    /** `optionDescriptionPhrase :: (string -> bool) -> type -> string`: the description of a type, in brackets unless its class needs none. */
    optionDescriptionPhrase =
      unparenthesized: t:
      if unparenthesized (t.descriptionClass or null) then
        t.description or t.name
      else
        "(${t.description or t.name})";

    /** `raw :: type`: any value, which is not looked into and can be defined once. */
    raw = plain "raw" "raw value";
    /** `anything :: type`: any value; sets are merged, however deep. */
    anything = plain "anything" "anything";
    /** `unspecified :: type`: any value, merged by its kind. `anything` is the better one. */
    unspecified = plain "unspecified" "unspecified value";
    /** `attrs :: type`: a set; of two definitions of a name the later one wins. */
    attrs = type "attrs" "attribute set" null { kind = "attrs"; };
    /** `bool :: type`: a Boolean. */
    bool = plain "bool" "boolean";
    /** `boolByOr :: type`: a Boolean that is true if any definition is. */
    boolByOr = plain "boolByOr" "boolean (merged using or)";
    /** `float :: type`: a floating point number. */
    float = plain "float" "floating point number";
    /** `package :: type`: a package, or a store path. */
    package = plain "package" "package";
    /** `shellPackage :: type`: a package that is a login shell. */
    shellPackage = types.package // {
      check = x: lib.isDerivation x && x ? shellPath;
    };
    /** `optionType :: type`: a type of options. */
    optionType = plain "optionType" "optionType";
    /** `pkgs :: type`: a set of packages of nixpkgs. */
    pkgs = checked "pkgs" "Nixpkgs package set" (x: x._type or null == "pkgs");

    /** `int :: type`: an integer. */
    int = integer "int" "signed integer" null null;
    /** `ints :: set`: integers in bounds: `positive`, `unsigned`, `between`, `u8`, … */
    ints = {
      /** `between :: a -> a -> type`: a number between two bounds, both included. */
      between =
        min: max:
        ordered "ints" min max (integer "intBetween" "integer ${range min max}" min max);
      /** `unsigned :: type`: an integer that is not negative. */
      unsigned = integer "unsignedInt" "unsigned integer, meaning >=0" 0 null // clause;
      /** `positive :: type`: a number greater than 0. */
      positive = integer "positiveInt" "positive integer, meaning >0" 1 null // clause;
      /** `u8 :: type`: an integer from 0 to 255. */
      u8 = sized 8 true 0 255;
      /** `u16 :: type`: an integer from 0 to 65535. */
      u16 = sized 16 true 0 65535;
      /** `u32 :: type`: an integer from 0 to 4294967295. */
      u32 = sized 32 true 0 4294967295;
      /** `s8 :: type`: an integer from -128 to 127. */
      s8 = sized 8 false (-128) 127;
      /** `s16 :: type`: an integer from -32768 to 32767. */
      s16 = sized 16 false (-32768) 32767;
      /** `s32 :: type`: an integer of 32 bits with sign. */
      s32 = sized 32 false (-2147483648) 2147483647;
    };
    /** `port :: type`: a port: an integer from 0 to 65535. */
    port = types.ints.u16;
    /** `number :: type`: an integer or floating point number. */
    number = types.either types.int types.float;
    /** `numbers :: set`: numbers in bounds: `positive`, `nonnegative`, `between`. */
    numbers = {
      /** `between :: number -> number -> type`: a number between two bounds, both included. */
      between =
        min: max:
        ordered "numbers" min max (
          numeric "numberBetween" "integer or floating point number ${range min max}" "conjunction" {
            inherit min max;
          }
        );
      /** `nonnegative :: type`: a number that is not negative. */
      nonnegative =
        numeric "numberNonnegative" "nonnegative integer or floating point number, meaning >=0"
          "nonRestrictiveClause"
          { min = 0; };
      /** `positive :: type`: a number greater than 0. */
      positive =
        numeric "numberPositive" "positive integer or floating point number, meaning >0"
          "nonRestrictiveClause"
          { above = 0; };
    };

    /** `str :: type`: a text, defined once. */
    str = text "str" "string" { };
    /** `nonEmptyStr :: type`: a text with something in it. */
    nonEmptyStr = text "nonEmptyStr" "non-empty string" { nonEmpty = true; };
    /** `singleLineStr :: type`: a text of one line. */
    singleLineStr = text "singleLineStr" "(optionally newline-terminated) single-line string" {
      singleLine = true;
    };
    /** `strMatching :: string -> type`: a text that a regular expression matches. */
    strMatching =
      pattern:
      text "strMatching ${lib.strings.escapeNixString pattern}" "string matching the pattern ${pattern}" {
        inherit pattern;
      };
    /** `separatedString :: string -> type`: a text; several definitions are joined with the separator. */
    separatedString =
      separator:
      text "separatedString" "strings concatenated with ${toJSON separator}" { inherit separator; };
    /** `lines :: type`: a text; several definitions are joined with newlines. */
    lines = types.separatedString "\n";
    /** `commas :: type`: a text; several definitions are joined with commas. */
    commas = types.separatedString ",";
    /** `envVar :: type`: a text; several definitions are joined with colons. */
    envVar = types.separatedString ":";
    string = throw "The type `types.string` is deprecated. See https://github.com/NixOS/nixpkgs/pull/66346 for better alternative types.";
    /** `passwdEntry :: type -> type`: a text without newlines and colons. */
    passwdEntry =
      entry:
      types.addCheck entry (value: !(lib.hasInfix "\n" value || lib.hasInfix ":" value))
      // {
        name = "passwdEntry ${entry.name}";
        description = "${types.optionDescriptionPhrase (class: class == "noun") entry}, not containing newlines or colons";
      }
      // clause;

    /** `path :: type`: an absolute path. */
    path = types.pathWith { absolute = true; };
    /** `pathInStore :: type`: a path in the store. */
    pathInStore = types.pathWith { inStore = true; };
    /** `externalPath :: type`: an absolute path that is not in the store. */
    externalPath = types.pathWith {
      absolute = true;
      inStore = false;
    };
    /** `pathWith :: { inStore, absolute } -> type`: a path that is or is not in the store, absolute or relative. */
    pathWith =
      {
        inStore ? null,
        absolute ? null,
      }:
      if inStore == true && absolute == false then
        throw "In pathWith, inStore means the path must be absolute"
      else
        noun "path"
          (
            (if inStore == true then "" else if absolute == null then "" else if absolute then "absolute " else "relative ")
            + "path"
            + (if inStore == null then "" else if inStore then " in the Nix store" else " not in the Nix store")
          )
          {
            kind = "path";
            inherit absolute inStore;
          };

    /** `enum :: [a] -> type`: one of these values. */
    enum =
      values:
      let
        show =
          v:
          if isString v then
            toJSON v
          else if isInt v then
            toString v
          else if isBool v then
            lib.boolToString v
          else
            "<${typeOf v}>";
        data = {
          kind = "enum";
          inherit values;
        };
      in
      if values == [ ] then
        noun "enum" "impossible (empty enum)" data
      else if tail values == [ ] then
        noun "enum" "value ${show (head values)} (singular enum)" data
      else
        type "enum" "one of ${concatStringsSep ", " (map show values)}" "conjunction" data;

    /** `listOf :: type -> type`: a list; several definitions are put one behind the other. */
    listOf =
      elem:
      type "listOf" "list of ${itemPhrase elem}" "composite" {
        kind = "listOf";
        nonEmpty = false;
        inherit elem;
      };
    /** `nonEmptyListOf :: type -> type`: a list with something in it. */
    nonEmptyListOf =
      elem:
      let
        list = types.listOf elem;
      in
      list
      // {
        description = "non-empty ${nounPhrase list}";
        emptyValue = { };
        conex = list.conex // {
          nonEmpty = true;
        };
      };
    /** `attrsOf :: type -> type`: a set whose values are of a type. */
    attrsOf = elemType: types.attrsWith { inherit elemType; };
    /** `lazyAttrsOf :: type -> type`: the same; what is defined under a condition is there, too, and fails when it is used. */
    lazyAttrsOf =
      elemType:
      types.attrsWith {
        inherit elemType;
        lazy = true;
      };
    /** `attrsWith :: { elemType, lazy, placeholder } -> type`: a set whose values are of a type. */
    attrsWith =
      {
        elemType,
        lazy ? false,
        placeholder ? "name",
      }:
      type (if lazy then "lazyAttrsOf" else "attrsOf")
        "${if lazy then "lazy " else ""}attribute set of ${itemPhrase elemType}"
        "composite"
        {
          kind = "attrsOf";
          elem = elemType;
          inherit lazy placeholder;
        };
    /** `loaOf :: type -> type`: a set whose values are of a type. */
    loaOf = elem: types.attrsOf elem // { name = "loaOf"; };
    /** `nullOr :: type -> type`: null, or of a type. */
    nullOr =
      elem:
      type "nullOr" "null or ${choicePhrase elem}" "conjunction" {
        kind = "nullOr";
        inherit elem;
      };
    /** `either :: type -> type -> type`: of one of two types; the first one that fits counts. */
    either =
      left: right:
      type "either" "${choicePhrase left} or ${lastChoicePhrase right}" "conjunction" {
        kind = "either";
        inherit left right;
      }
      // {
        nestedTypes = { inherit left right; };
      };
    /** `oneOf :: [type] -> type`: of one of several types. */
    oneOf =
      choices:
      if choices == [ ] then
        throw "List must not be empty: types.oneOf"
      else
        foldl' types.either (head choices) (tail choices);
    /** `coercedTo :: type -> (a -> b) -> type -> type`: of the second type, or of the first one and then converted. */
    coercedTo =
      from: coerce: to:
      type "coercedTo" "${nounPhrase to} or ${nounPhrase from} convertible to it" null {
        kind = "coercedTo";
        inherit from coerce to;
      }
      // {
        inherit (to) getSubOptions getSubModules emptyValue;
        nestedTypes = {
          coercedType = from;
          finalType = to;
        };
      };
    /** `functionTo :: type -> type`: a function whose results are of a type. */
    functionTo =
      elem:
      type "functionTo" "function that evaluates to a(n) ${itemPhrase elem}" "composite" {
        kind = "functionTo";
        inherit elem;
      };
    /** `unique :: { message } -> type -> type`: of a type, defined once; several definitions end in the message. */
    unique =
      { message }:
      elem:
      type "unique" (if elem.description or null == null then elem.name else elem.description)
        (elem.descriptionClass or null)
        {
          kind = "unique";
          inherit elem message;
        };
    /** `uniq :: type -> type`: of a type, defined once. */
    uniq = types.unique { message = ""; };
    /** `addCheck :: type -> (a -> bool) -> type`: of a type, and the predicate holds. */
    addCheck =
      elem: check:
      let
        self = elem // {
          check = native.check self;
          merge = native.merge self;
          conex = {
            kind = "addCheck";
            inherit elem check;
          };
        };
      in
      self;

    /** `submodule :: module or [module] -> type`: a set of options that modules declare. */
    submodule =
      modules:
      types.submoduleWith {
        shorthandOnlyDefinesConfig = true;
        modules = lib.toList modules;
      };
    /** `submoduleWith :: { modules, specialArgs, shorthandOnlyDefinesConfig, description, class } -> type`: the same, with everything that can be chosen. */
    submoduleWith =
      {
        modules,
        specialArgs ? { },
        shorthandOnlyDefinesConfig ? false,
        description ? null,
        class ? null,
      }:
      type "submodule" (
        if description != null then
          description
        else
          let
            # Where there is no native module system it can not be known.
            freeform = builtins.tryEval (documented modules specialArgs class [ ])._module.freeformType;
          in
          if freeform.success && freeform.value ? description then
            "open submodule of ${itemPhrase freeform.value}"
          else
            "submodule"
      ) null {
        kind = "submodule";
        inherit
          modules
          specialArgs
          shorthandOnlyDefinesConfig
          description
          class
          ;
      }
      // {
        getSubOptions = prefix: (documented modules specialArgs class prefix).options;
        emptyValue.value = (documented modules specialArgs class [ ]).config;
        getSubModules = modules;
      };
    /** `deferredModule :: type`: a module that is evaluated elsewhere. */
    deferredModule = types.deferredModuleWith { };
    /** `deferredModuleWith :: { staticModules } -> type`: the same, together with others. */
    deferredModuleWith =
      {
        staticModules ? [ ],
      }:
      noun "deferredModule" "module" {
        kind = "deferredModule";
        modules = staticModules;
      };
    /** `attrTag :: { … :: option } -> type`: a set with exactly one of these options. */
    attrTag =
      tags:
      noun "attrTag" "attribute-tagged union with choices: ${concatStringsSep ", " (attrNames tags)}" {
        kind = "attrTag";
        tags = mapAttrs (
          tag: option:
          if option._type or null == "option" then
            option
          else
            throw "In attrTag, each tag value must be an option, but tag ${tag} is none; wrap its type in mkOption."
        ) tags;
      }
      // {
        getSubOptions = prefix: mapAttrs (tag: option: option // { loc = prefix ++ [ tag ]; }) tags;
        nestedTypes = tags;
      };

    # What formats of files can hold.
    /** `serializableValueWith :: { typeName, nullable } -> type`: what a format of files can hold. */
    serializableValueWith =
      {
        typeName,
        nullable ? true,
      }:
      let
        one = types.oneOf [
          types.bool
          types.int
          types.float
          types.str
          types.path
          (types.attrsOf value)
          (types.listOf value)
        ];
        value = (if nullable then types.nullOr one else one) // {
          description = "${typeName} value";
        };
      in
      value;
    /** `json :: type`: what JSON can hold. */
    json = types.serializableValueWith { typeName = "JSON"; };
    /** `toml :: type`: what TOML can hold. */
    toml = types.serializableValueWith {
      typeName = "TOML";
      nullable = false;
    };
    /** `luaInline :: type`: an expression of Lua, made by `mkLuaInline`. */
    luaInline = checked "luaInline" "inline lua" (x: x._type or null == "lua-inline");
    /** `optionDeclaration :: type`: a declaration of an option. */
    optionDeclaration = checked "optionDeclaration" "option declaration" (
      x: x._type or null == "option" && !(x ? value)
    );

    # Only in conex: what `containers.<name>.config` takes.
    conexToplevel = type "Toplevel NixOS config" "Toplevel NixOS config" null { kind = "toplevel"; };
  };

  # The evaluation of a submodule that is defined nowhere.
  documented =
    modules: specialArgs: class: prefix:
    lib.evalModules {
      inherit specialArgs class prefix;
      modules = [
        {
          _module.args.name = lib.mkOptionDefault "‹name›";
          _module.check = lib.mkForce false;
        }
      ]
      ++ modules;
    };

  clause.descriptionClass = "nonRestrictiveClause";

  /** `isType :: string -> a -> bool`: whether a value carries this `_type`. */
  isType = name: value: value._type or null == name;
  /** `setType :: string -> set -> set`: the set with this `_type`. */
  setType = name: value: value // { _type = name; };

  /** `mkOptionType :: { name, check, merge, … } -> type`: a type with a `check` and a `merge` of its own. */
  mkOptionType =
    { name, ... }@args:
    {
      _type = "option-type";
      description = name;
      descriptionClass = null;
      check = _: true;
      merge = lib.mergeDefaultOption;
      conex.kind = "custom";
      deprecationMessage = null;
    }
    // plainType
    // args;
in
types
