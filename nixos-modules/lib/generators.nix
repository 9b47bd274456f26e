# Text formats.
lib:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    mapAttrs
    typeOf
    ;
  # Attribute names as Nix would print them.
  quoteName = lib.strings.escapeNixIdentifier;
in
rec {
  /** `toJSON :: { } -> a -> string`: a value as JSON. */
  toJSON = _: builtins.toJSON;
  /** `toYAML :: { } -> a -> string`: a value as YAML, which JSON is. */
  toYAML = toJSON;
  /** `mkLuaInline :: string -> a`: a text that is taken for an expression of Lua. */
  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };

  /** `mkValueStringDefault :: { } -> a -> string`: a number, text, Boolean or null as a text. */
  mkValueStringDefault =
    { }:
    value:
    if isInt value || lib.isDerivation value then
      toString value
    else if isString value then
      value
    else if isBool value then
      lib.boolToString value
    else if value == null then
      "null"
    else if isFloat value then
      lib.strings.floatToString value
    else
      throw "generators.mkValueStringDefault: ${
        if isList value then "lists" else if isAttrs value then "attrsets" else typeOf value
      } not supported: ${toPretty { } value}";
  /** `mkKeyValueDefault :: { mkValueString } -> string -> string -> a -> string`: a name and a value with a separator between. */
  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    sep: key: value:
    "${lib.escape [ sep ] key}${sep}${mkValueString value}";
  /** `toKeyValue :: { mkKeyValue, listsAsDuplicateKeys, indent } -> set -> string`: a line `NAME=VALUE` for each attribute. */
  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    set:
    lib.concatStrings (
      builtins.concatMap (
        key:
        map (value: indent + mkKeyValue key value + "\n") (
          if listsAsDuplicateKeys then lib.toList set.${key} else [ set.${key} ]
        )
      ) (attrNames set)
    );
  /** `toINI :: { mkSectionName, mkKeyValue, listsAsDuplicateKeys } -> { … :: set } -> string`: an INI file: a section for each attribute. */
  toINI =
    {
      mkSectionName ? (name: lib.escape [ "[" "]" ] name),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    set:
    concatStringsSep "\n" (
      lib.mapAttrsToList (
        section: values:
        "[${mkSectionName section}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values
      ) set
    );
  /** `toINIWithGlobalSection :: set -> { globalSection, sections } -> string`: the same, with lines before the first section. */
  toINIWithGlobalSection =
    {
      mkSectionName ? (name: lib.escape [ "[" "]" ] name),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }@args:
    {
      globalSection,
      sections ? { },
    }:
    (
      if globalSection == { } then
        ""
      else
        toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI args sections;
  /** `toGitINI :: set -> string`: a configuration file of Git. */
  toGitINI =
    set:
    let
      section =
        path:
        if builtins.tail path == [ ] then
          builtins.head path
        else
          "${builtins.head path} \"${concatStringsSep "." (builtins.tail path)}\"";
      line =
        key: value:
        let
          text = mkKeyValueDefault {
            mkValueString = v:
              if isString v then
                ''"${
                  builtins.replaceStrings [ "\n" "	" "\"" "\\" ] [ "\\n" "\\t" "\\\"" "\\\\" ] v
                }"''
              else
                mkValueStringDefault { } v;
          } " = " key;
        in
        concatStringsSep "\n" (map (v: "\t" + text v) (lib.toList value));
      # Every set of values with the path of names to it.
      sections =
        path: set:
        let
          sub = lib.filterAttrs (_: v: isAttrs v && !lib.isDerivation v) set;
          own = removeAttrs set (attrNames sub);
        in
        lib.optional (own != { }) {
          inherit path own;
        }
        ++ builtins.concatMap (name: sections (path ++ [ name ]) sub.${name}) (attrNames sub);
    in
    concatStringsSep "\n" (
      map (s: "[${section s.path}]\n" + lib.concatStrings (lib.mapAttrsToList (k: v: line k v + "\n") s.own)) (
        sections [ ] set
      )
    );

  /** `withRecursion :: { depthLimit, throwOnDepthLimit } -> a -> a`: a value that is cut off or fails below a depth. */
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    let
      special = [
        "__functor"
        "__functionArgs"
        "__toString"
        "__pretty"
      ];
      cut =
        depth: value:
        if depth <= depthLimit then
          value
        else if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      walk =
        depth: value:
        let
          inner = x: walk (depth + 1) (cut (depth + 1) x);
        in
        if isAttrs value then
          mapAttrs (name: x: if builtins.elem name special then x else inner x) value
        else if isList value then
          map inner value
        else
          cut (depth + 1) value;
    in
    walk 0;
  # Nix values as Nix text.
  /** `toPretty :: { allowPrettyValues, multiline, indent } -> a -> string`: a value as a text of Nix that people read. */
  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      show =
        indent: value:
        let
          break = if multiline then "\n${indent}  " else " ";
          end = if multiline then "\n${indent}" else " ";
          inner = show (indent + "  ");
        in
        if isInt value then
          toString value
        else if isFloat value then
          builtins.toJSON value
        else if isString value then
          showString indent value
        else if value == true then
          "true"
        else if value == false then
          "false"
        else if value == null then
          "null"
        else if isPath value then
          toString value
        else if isList value then
          if value == [ ] then "[ ]" else "[" + break + lib.concatMapStringsSep break inner value + end + "]"
        else if isAttrs value then
          if allowPrettyValues && value ? __pretty && value ? val then
            value.__pretty value.val
          else if value == { } then
            "{ }"
          else if value ? type && value.type == "derivation" then
            "<derivation ${value.name or "???"}>"
          else if value ? __functor then
            showFunction value
          else
            "{"
            + break
            + concatStringsSep break (
              lib.mapAttrsToList (
                name: v:
                "${quoteName name} = ${
                  builtins.addErrorContext "while evaluating an attribute `${name}`" (inner v)
                };"
              ) value
            )
            + end
            + "}"
        else if builtins.isFunction value then
          showFunction value
        else
          abort "generators.toPretty: should never happen (v = ${toString value})";
      showFunction =
        f:
        let
          args = lib.functionArgs f;
          names = concatStringsSep ", " (
            lib.mapAttrsToList (name: optional: if optional then "${name}?" else name) args
          );
        in
        if args == { } then "<function>" else "<function, args: {${names}}>";
      showString =
        indent: text:
        let
          quoted = "\"" + concatStringsSep "\\n" (map (lib.escape [ "\\" "\"" "\${" ]) lines) + "\"";
          lines = lib.splitString "\n" text;
          block = map (builtins.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
          last = lib.last block;
          close = "\n${indent}";
        in
        if multiline && builtins.length lines > 1 then
          "''"
          + "\n${indent}  "
          + concatStringsSep "\n${indent}  " (lib.init block)
          + (if last == "" then close else "\n${indent}  ${last}")
          + "''"
        else
          quoted;
    in
    show indent;
}
