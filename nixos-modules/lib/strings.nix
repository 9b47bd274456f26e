# Strings.
lib:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isInt
    isList
    isString
    length
    match
    replaceStrings
    split
    stringLength
    substring
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;
  lower = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upper = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  /** `stringToCharacters :: string -> [string]`: the characters of a text, each of one byte. */
  stringToCharacters = text: genList (i: substring i 1 text) (stringLength text);
  /** `escape :: [string] -> string -> string`: a text with a backslash before each of these characters. */
  escape = chars: replaceStrings chars (map (c: "\\${c}") chars);
  posixName = "[a-zA-Z_][a-zA-Z0-9_]*";
  keywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];
  # What stays as it is in a URL.
  urlSafe = "[A-Za-z0-9._~-]";
  /** `isStringLike :: a -> bool`: whether a value is a text, a path, or a set that can be made a text. */
  isStringLike = x: isString x || builtins.isPath x || x ? outPath || x ? __toString;

  # Digits and sign, with white space around; leading zeros only where base 10 is meant.
  integer =
    name: zeros: text:
    let
      fail = throw "${name}: Could not convert ${toJSON text} to int.";
      found = match "[[:space:]]*${zeros}(-?[[:digit:]]+)[[:space:]]*" text;
      digits = head found;
    in
    if found == null then
      fail
    else if match "-?0[[:digit:]]+" digits != null then
      throw "${name}: Ambiguity in interpretation of ${toJSON text} between octal and zero padded integer."
    else
      let
        value = builtins.fromJSON digits;
      in
      if isInt value then value else fail;
in
rec {
  inherit
    escape
    isStringLike
    stringToCharacters
    ;
  inherit (builtins)
    appendContext
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;
  inherit (lib.lists) replicate;

  /** `concatStrings :: [string] -> string`: all texts one behind the other. */
  concatStrings = concatStringsSep "";
  /** `concatMapStrings :: (a -> string) -> [a] -> string`: what the function makes of the elements, one behind the other. */
  concatMapStrings = f: list: concatStringsSep "" (map f list);
  /** `concatImapStrings :: (int -> a -> string) -> [a] -> string`: the same, with the index from 1. */
  concatImapStrings = f: list: concatStringsSep "" (lib.imap1 f list);
  /** `concatMapStringsSep :: string -> (a -> string) -> [a] -> string`: what the function makes of the elements, with a separator between. */
  concatMapStringsSep = sep: f: list: concatStringsSep sep (map f list);
  /** `concatImapStringsSep :: string -> (int -> a -> string) -> [a] -> string`: the same, with the index from 1. */
  concatImapStringsSep = sep: f: list: concatStringsSep sep (lib.imap1 f list);
  /** `concatMapAttrsStringSep :: string -> (string -> a -> string) -> set -> string`: what the function makes of names and values, with a separator between. */
  concatMapAttrsStringSep =
    sep: f: set:
    concatStringsSep sep (lib.mapAttrsToList f set);
  /** `concatLines :: [string] -> string`: all texts, each with a newline behind it. */
  concatLines = concatMapStrings (line: line + "\n");
  /** `join :: string -> [string] -> string`: all texts with a separator between. */
  join = concatStringsSep;
  /** `intersperse :: a -> [a] -> [a]`: a list with something put between its elements. */
  intersperse =
    sep: list:
    if list == [ ] then
      [ ]
    else
      builtins.tail (
        builtins.concatMap (x: [
          sep
          x
        ]) list
      );
  /** `optionalString :: bool -> string -> string`: the text if the condition holds, else an empty one. */
  optionalString = condition: text: if condition then text else "";

  /** `makeSearchPath :: string -> [path] -> string`: a directory below each path, with colons between. */
  makeSearchPath =
    dir: paths: concatStringsSep ":" (map (path: path + "/" + dir) (filter (x: x != null) paths));
  /** `makeSearchPathOutput :: string -> string -> [package] -> string`: the same for an output of each package. */
  makeSearchPathOutput =
    output: dir: pkgs:
    makeSearchPath dir (map (lib.getOutput output) pkgs);
  /** `makeLibraryPath :: [package] -> string`: the `lib` directories of packages, with colons between. */
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  /** `makeIncludePath :: [package] -> string`: the `include` directories of packages, with colons between. */
  makeIncludePath = makeSearchPathOutput "dev" "include";
  /** `makeBinPath :: [package] -> string`: the `bin` directories of packages, with colons between: a `PATH`. */
  makeBinPath = makeSearchPathOutput "bin" "bin";

  /** `hasPrefix :: string -> string -> bool`: whether the second text begins with the first one. */
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  /** `hasSuffix :: string -> string -> bool`: whether the second text ends with the first one. */
  hasSuffix =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (-1) text == suffix;
  /** `hasInfix :: string -> string -> bool`: whether the first text is somewhere in the second one. */
  hasInfix = infix: text: match ".*${escapeRegex infix}.*" "${text}" != null;
  /** `removePrefix :: string -> string -> string`: the second text without the first one at its begin, if it is there. */
  removePrefix =
    prefix: text:
    let
      n = stringLength prefix;
    in
    if substring 0 n text == prefix then substring n (-1) text else text;
  /** `removeSuffix :: string -> string -> string`: the second text without the first one at its end, if it is there. */
  removeSuffix =
    suffix: text:
    let
      n = stringLength text - stringLength suffix;
    in
    if n >= 0 && substring n (-1) text == suffix then substring 0 n text else text;
  /** `stringAsChars :: (string -> string) -> string -> string`: maps a text character by character. */
  stringAsChars = f: text: concatStringsSep "" (map f (stringToCharacters text));
  /** `splitString :: string -> string -> [string]`: the parts of a text between the separators. */
  splitString =
    sep: text:
    map (addContextFrom text) (
      filter isString (split (escapeRegex (toString sep)) (toString text))
    );
  /** `splitStringBy :: (string -> string -> bool) -> bool -> string -> [string]`: splits where the predicate holds for the character before and the one at hand; the second argument says whether that one is kept. */
  splitStringBy =
    p: keep: text:
    let
      last = stringLength text;
      go =
        at: start: before: parts:
        if at == last then
          parts ++ [ (substring start (at - start) text) ]
        else
          let
            c = substring at 1 text;
          in
          if p before c then
            go (at + 1) (if keep then at else at + 1) c (parts ++ [ (substring start (at - start) text) ])
          else
            go (at + 1) start c parts;
    in
    go 0 0 "" [ ];
  /** `trim :: string -> string`: the text without white space at both ends. */
  trim = trimWith {
    start = true;
    end = true;
  };
  /** `trimWith :: { start, end } -> string -> string`: the text without white space at these ends. */
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    text:
    let
      found = match (
        (if start then "[ \t\r\n]*" else "")
        + (if end then "(.*[^ \t\r\n])[ \t\r\n]*" else "(.*)")
      ) (if start then elemAt (match "[ \t\r\n]*(.*)" text) 0 else text);
    in
    if found == null then "" else head found;
  /** `replaceString :: string -> string -> string -> string`: the last text with all occurrences of the first one replaced by the second one. */
  replaceString = from: to: replaceStrings [ from ] [ to ];

  /** `toLower :: string -> string`: ASCII capitals made small. */
  toLower = replaceStrings upper lower;
  /** `toUpper :: string -> string`: ASCII small letters made capitals. */
  toUpper = replaceStrings lower upper;
  /** `lowerChars :: [string]`: the small letters of ASCII. */
  lowerChars = lower;
  /** `upperChars :: [string]`: the capitals of ASCII. */
  upperChars = upper;
  /** `toSentenceCase :: string -> string`: the first letter a capital, all others small. */
  toSentenceCase =
    text: toUpper (substring 0 1 text) + toLower (substring 1 (stringLength text) text);
  /** `toCamelCase :: string -> string`: words written as one, each but the first with a capital: `camelCase`. */
  toCamelCase =
    text:
    let
      words = splitStringBy (
        before: c:
        builtins.elem c [
          "-"
          "_"
          " "
        ]
      ) false text;
      parts = builtins.concatMap (
        splitStringBy (before: c: match "[a-z]" before != null && match "[A-Z]" c != null) true
      ) words;
    in
    if !isString text then
      throw "toCamelCase does only accepts string values, but got ${typeOf text}"
    else
      concatStringsSep "" (lib.imap0 (i: part: (if i == 0 then toLower else toSentenceCase) part) parts);

  /** `escapeRegex :: string -> string`: a text so that a regular expression takes it literally. */
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  /** `escapeC :: [string] -> string -> string`: these characters written as C does: `\\x2d`. */
  escapeC =
    chars:
    replaceStrings chars (
      map (c: "\\x${fixedWidthString 2 "0" (lib.toLower (lib.toHexString (charToInt c)))}") chars
    );
  /** `escapeShellArg :: a -> string`: a value as one word of a shell, quoted if it has to be. */
  escapeShellArg =
    arg:
    let
      text = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;
  /** `escapeShellArgs :: [a] -> string`: values as words of a shell. */
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  /** `escapeNixString :: string -> string`: a text as a string of Nix, quotes and all. */
  escapeNixString = text: escape [ "$" ] (toJSON text);
  /** `escapeNixIdentifier :: string -> string`: a name as it is written in Nix, quoted if it has to be. */
  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null && !builtins.elem name keywords then
      name
    else
      escapeNixString name;
  /** `escapeURL :: string -> string`: a text so that it can stand in a URL. */
  escapeURL =
    text:
    concatMapStrings (
      c:
      if match urlSafe c != null then
        c
      else
        "%" + fixedWidthString 2 "0" (lib.toHexString (charToInt c))
    ) (stringToCharacters text);
  /** `escapeXML :: string -> string`: a text so that it can stand in XML. */
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
  /** `isValidPosixName :: string -> bool`: whether a text can be the name of a shell variable. */
  isValidPosixName = name: match posixName name != null;
  /** `toShellVar :: string -> a -> string`: the assignment of a value to a shell variable; lists and sets become arrays. */
  toShellVar =
    name: value:
    if !isValidPosixName name then
      throw "toShellVar: ${name} is not a valid shell variable name"
    else if isAttrs value && !isStringLike value then
      "declare -A ${name}=(${
        concatStringsSep " " (
          lib.mapAttrsToList (key: v: "[${escapeShellArg key}]=${escapeShellArg v}") value
        )
      })"
    else if isList value then
      "declare -a ${name}=(${escapeShellArgs value})"
    else
      "${name}=${escapeShellArg value}";
  /** `toShellVars :: set -> string`: the assignments of all attributes to shell variables, a line each. */
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);

  # The number of a byte, found by its place in the JSON-readable code points below 128.
  /** `charToInt :: string -> int`: the number of an ASCII character. */
  charToInt = c: (builtins.listToAttrs charTable).${c};
  charTable =
    map (n: {
      name = builtins.fromJSON "\"\\u00${hex2 n}\"";
      value = n;
    }) (lib.range 1 127);
  /** `hex2 :: int -> string`: a byte as two hexadecimal digits. */
  hex2 = n: fixedWidthString 2 "0" (lib.toHexString n);

  /** `toInt :: string -> int`: the number in a text; leading zeros are refused. */
  toInt = integer "toInt" "";
  /** `toIntBase10 :: string -> int`: the number in a text, with leading zeros or without. */
  toIntBase10 = integer "toIntBase10" "0*";
  /** `fixedWidthString :: int -> string -> string -> string`: the text filled up on the left to a width. */
  fixedWidthString =
    width: filler: text:
    let
      n = stringLength text;
      missing = width - (n + stringLength filler - 1);
    in
    if n > width then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString n})"
    else if n == width then
      text
    else
      filler + fixedWidthString (width - stringLength filler) filler text;
  /** `fixedWidthNumber :: int -> int -> string`: the number filled up with zeros to a width. */
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);
  /** `floatToString :: float -> string`: a floating point number as a text, with a warning if digits are lost. */
  floatToString =
    f:
    let
      text = toString f;
      exact = builtins.fromJSON text;
    in
    lib.warnIf (exact != f) "Imprecise conversion from float to string ${text}" text;

  /** `versionOlder :: string -> string -> bool`: whether the second version is older than the first one. */
  versionOlder = a: b: builtins.compareVersions b a == 1;
  /** `versionAtLeast :: string -> string -> bool`: whether the first version is the second one or newer. */
  versionAtLeast = a: b: !versionOlder a b;
  /** `getName :: string or package -> string`: the name of a package without its version. */
  getName =
    x: if isString x then (builtins.parseDrvName x).name else x.pname or (builtins.parseDrvName x.name).name;
  /** `getVersion :: string or package -> string`: the version of a package. */
  getVersion =
    x:
    if isString x then (builtins.parseDrvName x).version else x.version or (builtins.parseDrvName x.name).version;
  /** `nameFromURL :: string -> string -> string`: the name of a file in a URL, up to a separator. */
  nameFromURL =
    url: sep:
    let
      name = lib.last (splitString "/" url);
    in
    if name == head (splitString sep name) then
      throw "nameFromURL: separator ${sep} not in ${name}"
    else
      head (splitString sep name);
  /** `sanitizeDerivationName :: string -> string`: a text made one that can be the name of a store path. */
  sanitizeDerivationName =
    name:
    let
      text = unsafeDiscardStringContext (toString name);
      start = elemAt (match "\\.*(.*)" text) 0;
      clean = concatStringsSep "" (
        map (part: if isList part then "-" else part) (split "[^[:alnum:]+._?=-]+" start)
      );
      end = substring (lib.max (stringLength clean - 207) 0) (-1) clean;
    in
    if stringLength text <= 207 && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" text != null then
      text
    else if end == "" then
      "unknown"
    else
      end;

  /** `isConvertibleWithToString :: a -> bool`: whether `toString` takes a value. */
  isConvertibleWithToString =
    let
      simple = [
        "null"
        "int"
        "float"
        "bool"
      ];
    in
    x:
    isStringLike x
    || builtins.elem (typeOf x) simple
    || (isList x && builtins.all isConvertibleWithToString x);
  /** `isStorePath :: a -> bool`: whether a value is a path in the store, not one below it. */
  isStorePath =
    x: isStringLike x && (let text = toString x; in substring 0 1 text == "/" && dirOf text == storeDir);
  /** `addContextFrom :: string -> string -> string`: the second text with what the first one depends on. */
  addContextFrom = from: to: substring 0 0 from + to;
  /** `fileContents :: path -> string`: the contents of a file without its last newline. */
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  /** `normalizePath :: string -> string`: a path with each slash once. */
  normalizePath =
    text:
    if text == "" then "" else foldl' (acc: c: if c == "/" && hasSuffix "/" acc then acc else acc + c) "" (stringToCharacters text);
  /** `commonPrefixLength :: string -> string -> int`: with how many characters both texts begin. */
  commonPrefixLength =
    a: b:
    let
      n = lib.min (stringLength a) (stringLength b);
      go = i: if i >= n || substring i 1 a != substring i 1 b then i else go (i + 1);
    in
    go 0;
  /** `commonSuffixLength :: string -> string -> int`: with how many characters both texts end. */
  commonSuffixLength =
    a: b:
    let
      la = stringLength a;
      lb = stringLength b;
      n = lib.min la lb;
      go = i: if i >= n || substring (la - i - 1) 1 a != substring (lb - i - 1) 1 b then i else go (i + 1);
    in
    go 0;
  /** `levenshtein :: string -> string -> int`: how many characters have to be changed, added or taken out to make one text of the other. */
  levenshtein =
    a: b:
    let
      la = stringLength a;
      lb = stringLength b;
      table = genList (i: genList (j: distance i j) (lb + 1)) (la + 1);
      at = i: j: elemAt (elemAt table i) j;
      distance =
        i: j:
        if i == 0 then
          j
        else if j == 0 then
          i
        else
          lib.min (lib.min (at (i - 1) j) (at i (j - 1)) + 1) (
            at (i - 1) (j - 1) + (if substring (i - 1) 1 a == substring (j - 1) 1 b then 0 else 1)
          );
    in
    at la lb;
  /** `levenshteinAtMost :: int -> string -> string -> bool`: whether that is at most so many. */
  levenshteinAtMost = k: a: b: levenshtein a b <= k;

  # Flags of build systems.
  /** `enableFeature :: bool -> string -> string`: `--enable-NAME` or `--disable-NAME`. */
  enableFeature = on: name: "--${if on then "enable" else "disable"}-${name}";
  /** `enableFeatureAs :: bool -> string -> string -> string`: `--enable-NAME=VALUE` or `--disable-NAME`. */
  enableFeatureAs =
    on: name: value:
    enableFeature on name + optionalString on "=${value}";
  /** `withFeature :: bool -> string -> string`: `--with-NAME` or `--without-NAME`. */
  withFeature = on: name: "--with${if on then "" else "out"}-${name}";
  /** `withFeatureAs :: bool -> string -> string -> string`: `--with-NAME=VALUE` or `--without-NAME`. */
  withFeatureAs =
    on: name: value:
    withFeature on name + optionalString on "=${value}";
  /** `cmakeOptionType :: string -> string -> string -> string`: `-DNAME:TYPE=VALUE` for CMake. */
  cmakeOptionType =
    type: name: value:
    "-D${name}:${toUpper type}=${value}";
  /** `cmakeBool :: string -> bool -> string`: a Boolean option for CMake. */
  cmakeBool = name: on: cmakeOptionType "bool" name (toUpper (lib.boolToString on));
  /** `cmakeFeature :: string -> string -> string`: a text option for CMake. */
  cmakeFeature = cmakeOptionType "string";
  /** `mesonOption :: string -> string -> string`: `-DNAME=VALUE` for Meson. */
  mesonOption = name: value: "-D${name}=${value}";
  /** `mesonBool :: string -> bool -> string`: a Boolean option for Meson. */
  mesonBool = name: on: mesonOption name (lib.boolToString on);
  /** `mesonEnable :: string -> bool -> string`: a feature of Meson, enabled or disabled. */
  mesonEnable = name: on: mesonOption name (if on then "enabled" else "disabled");
}
