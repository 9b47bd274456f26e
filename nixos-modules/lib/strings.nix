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
  stringToCharacters = text: genList (i: substring i 1 text) (stringLength text);
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

  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStringsSep "" (map f list);
  concatImapStrings = f: list: concatStringsSep "" (lib.imap1 f list);
  concatMapStringsSep = sep: f: list: concatStringsSep sep (map f list);
  concatImapStringsSep = sep: f: list: concatStringsSep sep (lib.imap1 f list);
  concatMapAttrsStringSep =
    sep: f: set:
    concatStringsSep sep (lib.mapAttrsToList f set);
  concatLines = concatMapStrings (line: line + "\n");
  join = concatStringsSep;
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
  optionalString = condition: text: if condition then text else "";

  makeSearchPath =
    dir: paths: concatStringsSep ":" (map (path: path + "/" + dir) (filter (x: x != null) paths));
  makeSearchPathOutput =
    output: dir: pkgs:
    makeSearchPath dir (map (lib.getOutput output) pkgs);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (-1) text == suffix;
  hasInfix = infix: text: match ".*${escapeRegex infix}.*" "${text}" != null;
  removePrefix =
    prefix: text:
    let
      n = stringLength prefix;
    in
    if substring 0 n text == prefix then substring n (-1) text else text;
  removeSuffix =
    suffix: text:
    let
      n = stringLength text - stringLength suffix;
    in
    if n >= 0 && substring n (-1) text == suffix then substring 0 n text else text;
  stringAsChars = f: text: concatStringsSep "" (map f (stringToCharacters text));
  splitString =
    sep: text:
    map (addContextFrom text) (
      filter isString (split (escapeRegex (toString sep)) (toString text))
    );
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
  trim = trimWith {
    start = true;
    end = true;
  };
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
  replaceString = from: to: replaceStrings [ from ] [ to ];

  toLower = replaceStrings upper lower;
  toUpper = replaceStrings lower upper;
  lowerChars = lower;
  upperChars = upper;
  toSentenceCase =
    text: toUpper (substring 0 1 text) + toLower (substring 1 (stringLength text) text);
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

  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeC =
    chars:
    replaceStrings chars (
      map (c: "\\x${fixedWidthString 2 "0" (lib.toLower (lib.toHexString (charToInt c)))}") chars
    );
  escapeShellArg =
    arg:
    let
      text = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  escapeNixString = text: escape [ "$" ] (toJSON text);
  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null && !builtins.elem name keywords then
      name
    else
      escapeNixString name;
  escapeURL =
    text:
    concatMapStrings (
      c:
      if match urlSafe c != null then
        c
      else
        "%" + fixedWidthString 2 "0" (lib.toHexString (charToInt c))
    ) (stringToCharacters text);
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
  isValidPosixName = name: match posixName name != null;
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
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);

  # The number of a byte, found by its place in the JSON-readable code points below 128.
  charToInt = c: (builtins.listToAttrs charTable).${c};
  charTable =
    map (n: {
      name = builtins.fromJSON "\"\\u00${hex2 n}\"";
      value = n;
    }) (lib.range 1 127);
  hex2 = n: fixedWidthString 2 "0" (lib.toHexString n);

  toInt = integer "toInt" "";
  toIntBase10 = integer "toIntBase10" "0*";
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
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);
  floatToString =
    f:
    let
      text = toString f;
      exact = builtins.fromJSON text;
    in
    lib.warnIf (exact != f) "Imprecise conversion from float to string ${text}" text;

  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getName =
    x: if isString x then (builtins.parseDrvName x).name else x.pname or (builtins.parseDrvName x.name).name;
  getVersion =
    x:
    if isString x then (builtins.parseDrvName x).version else x.version or (builtins.parseDrvName x.name).version;
  nameFromURL =
    url: sep:
    let
      name = lib.last (splitString "/" url);
    in
    if name == head (splitString sep name) then
      throw "nameFromURL: separator ${sep} not in ${name}"
    else
      head (splitString sep name);
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
  isStorePath =
    x: isStringLike x && (let text = toString x; in substring 0 1 text == "/" && dirOf text == storeDir);
  addContextFrom = from: to: substring 0 0 from + to;
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  normalizePath =
    text:
    if text == "" then "" else foldl' (acc: c: if c == "/" && hasSuffix "/" acc then acc else acc + c) "" (stringToCharacters text);
  commonPrefixLength =
    a: b:
    let
      n = lib.min (stringLength a) (stringLength b);
      go = i: if i >= n || substring i 1 a != substring i 1 b then i else go (i + 1);
    in
    go 0;
  commonSuffixLength =
    a: b:
    let
      la = stringLength a;
      lb = stringLength b;
      n = lib.min la lb;
      go = i: if i >= n || substring (la - i - 1) 1 a != substring (lb - i - 1) 1 b then i else go (i + 1);
    in
    go 0;
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
  levenshteinAtMost = k: a: b: levenshtein a b <= k;

  # Flags of build systems.
  enableFeature = on: name: "--${if on then "enable" else "disable"}-${name}";
  enableFeatureAs =
    on: name: value:
    enableFeature on name + optionalString on "=${value}";
  withFeature = on: name: "--with${if on then "" else "out"}-${name}";
  withFeatureAs =
    on: name: value:
    withFeature on name + optionalString on "=${value}";
  cmakeOptionType =
    type: name: value:
    "-D${name}:${toUpper type}=${value}";
  cmakeBool = name: on: cmakeOptionType "bool" name (toUpper (lib.boolToString on));
  cmakeFeature = cmakeOptionType "string";
  mesonOption = name: value: "-D${name}=${value}";
  mesonBool = name: on: mesonOption name (lib.boolToString on);
  mesonEnable = name: on: mesonOption name (if on then "enabled" else "disabled");
}
