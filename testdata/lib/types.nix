# Every type the embedded lib declares: its name, description and class, for a given lib.
lib:
let
  inherit (lib) types mkOption;
  s = types.submodule { options.a = mkOption { }; };
  show = t: {
    inherit (t) name;
    description = if t.description == null then t.name else t.description;
    class = t.descriptionClass or null;
  };
in
with types;
builtins.mapAttrs (_: show) {
  inherit
    bool
    boolByOr
    int
    float
    number
    str
    nonEmptyStr
    singleLineStr
    lines
    commas
    envVar
    path
    pathInStore
    externalPath
    package
    shellPackage
    pkgs
    port
    anything
    unspecified
    raw
    attrs
    optionType
    deferredModule
    ;
  positive = ints.positive;
  unsigned = ints.unsigned;
  u8 = ints.u8;
  u16 = ints.u16;
  u32 = ints.u32;
  s8 = ints.s8;
  s16 = ints.s16;
  s32 = ints.s32;
  between = ints.between 1 5;
  betweenNegative = ints.between (-5) 5;
  numbersPositive = numbers.positive;
  numbersNonnegative = numbers.nonnegative;
  numbersBetween = numbers.between 1 2;
  matching = strMatching "a.*";
  separatedSpace = separatedString " ";
  separatedComma = separatedString ",";
  listOfStr = listOf str;
  listOfSubmodule = listOf s;
  listOfNullOr = listOf (nullOr str);
  listOfPath = listOf path;
  listOfList = listOf (listOf str);
  listOfCoerced = listOf (coercedTo int toString str);
  listOfEither = listOf (either int str);
  listOfMatching = listOf (strMatching "a");
  nonEmptyList = nonEmptyListOf str;
  nonEmptyListEither = nonEmptyListOf (either str int);
  attrsOfStr = attrsOf str;
  attrsOfSubmodule = attrsOf s;
  attrsOfEither = attrsOf (either str int);
  attrsOfNullOr = attrsOf (nullOr str);
  attrsOfCoerced = attrsOf (coercedTo int toString str);
  attrsOfEnums = attrsOf (listOf (enum [
    "a"
    "b"
  ]));
  lazy = lazyAttrsOf int;
  lazyEither = lazyAttrsOf (either int str);
  withPlaceholder = attrsWith {
    elemType = str;
    placeholder = "foo";
  };
  lazyWith = attrsWith {
    elemType = str;
    lazy = true;
    placeholder = "foo";
  };
  nullOrStr = nullOr str;
  nullOrEither = nullOr (either str int);
  nullOrSubmodule = nullOr s;
  nullOrPositive = nullOr ints.positive;
  nullOrBetween = nullOr (ints.between 1 5);
  nullOrMatching = nullOr (strMatching "a");
  nullOrList = nullOr (listOf str);
  nullOrEnum = nullOr (enum [
    "a"
    "b"
  ]);
  nullOrOneOf = nullOr (oneOf [
    int
    str
    bool
  ]);
  nullOrCoerced = nullOr (coercedTo int toString str);
  eitherStrInt = either str int;
  eitherListStr = either (listOf str) str;
  eitherStrList = either str (listOf str);
  eitherEnumInt = either (enum [
    "a"
    "b"
  ]) int;
  eitherEither = either (either str int) (either bool path);
  eitherSubmodule = either s str;
  eitherNullOr = either (nullOr str) int;
  eitherPort = either port (enum [ "any" ]);
  oneOfThree = oneOf [
    str
    int
    bool
  ];
  oneOfOne = oneOf [ int ];
  coerced = coercedTo int toString str;
  coercedEither = coercedTo (either int bool) toString (either str path);
  functionToStr = functionTo str;
  functionToList = functionTo (listOf str);
  functionToEither = functionTo (either str int);
  uniqStr = uniq str;
  uniqueStr = unique { message = "m"; } str;
  uniqueEither = unique { message = "m"; } (either str int);
  enumTwo = enum [
    "a"
    "b"
  ];
  enumNone = enum [ ];
  enumOne = enum [ "a" ];
  enumMixed = enum [
    1
    true
    null
    "x y"
  ];
  checked = addCheck str (_: true);
  checkedEither = addCheck (either str int) (_: true);
  submodule = s;
  submoduleDescribed = submoduleWith {
    modules = [ ];
    description = "desc";
  };
  tagged = attrTag { a = mkOption { type = str; }; };
  custom = mkOptionType { name = "x"; };
  customDescribed = mkOptionType {
    name = "x";
    description = "an x";
    descriptionClass = "noun";
  };
  listOfCustom = listOf (mkOptionType {
    name = "x";
    description = "an x";
  });
  pathAny = pathWith { };
  pathOutside = pathWith {
    absolute = true;
    inStore = false;
  };
  pathRelative = pathWith { absolute = false; };
  passwd = passwdEntry str;
}
