# `lib.path`: paths and what stands below them, by components and not by characters.
lib:
let
  inherit (builtins)
    concatStringsSep
    elem
    filter
    head
    isPath
    isString
    length
    match
    storeDir
    ;
  inherit (lib) sublist take;

  shown = value: if isString value then "\"${value}\"" else "of type ${builtins.typeOf value}";
  demand =
    name: value:
    if isPath value then
      value
    else
      throw "lib.path.${name}: a path was expected, but the argument is ${shown value}";

  # "/a/b" → [ "a" "b" ]
  parts = path: filter (part: part != "") (lib.splitString "/" (toString path));

  # The components of a relative path that stays below where it starts.
  components = text: filter (part: part != "" && part != ".") (lib.splitString "/" text);
  /** `isValid :: a -> bool`: whether a value is a relative path that stays below where it starts. */
  isValid =
    value:
    isString value
    && value != ""
    && builtins.substring 0 1 value != "/"
    && !(elem ".." (lib.splitString "/" value));
  demandSubpath =
    name: value:
    if isValid value then
      value
    else
      throw "lib.path.${name}: ${shown value} is not a subpath: it must be a string, not empty, relative and without `..'";
  relative = list: "./" + (if list == [ ] then "." else concatStringsSep "/" list);

  # In the store: the store directory, and a name that starts with a hash.
  inStore =
    path:
    let
      all = parts path;
      store = parts storeDir;
      rest = sublist (length store) 1 all;
    in
    take (length store) all == store
    && rest != [ ]
    && match "[0-9abcdfghijklmnpqrsvwxyz]{32}-.+" (head rest) != null;
in
{
  /** `append :: path -> string -> path`: the path with a relative one behind it. */
  append = path: subpath: demand "append" path + ("/" + demandSubpath "append" subpath);
  /** `hasPrefix :: path -> path -> bool`: whether the second path is the first one or below it. */
  hasPrefix =
    prefix:
    let
      wanted = parts (demand "hasPrefix" prefix);
    in
    path: take (length wanted) (parts (demand "hasPrefix" path)) == wanted;
  /** `removePrefix :: path -> path -> string`: the way from the first path to the second one, which must be below it. */
  removePrefix =
    prefix:
    let
      wanted = parts (demand "removePrefix" prefix);
    in
    path:
    let
      all = parts (demand "removePrefix" path);
    in
    if take (length wanted) all == wanted then
      relative (sublist (length wanted) (length all) all)
    else
      throw "lib.path.removePrefix: ${toString prefix} is no prefix of ${toString path}";
  /** `splitRoot :: path -> { root, subpath }`: the root and the way from there. */
  splitRoot = path: {
    root = /.;
    subpath = relative (parts (demand "splitRoot" path));
  };
  /** `hasStorePathPrefix :: path -> bool`: whether a path is in the store. */
  hasStorePathPrefix = path: inStore (demand "hasStorePathPrefix" path);

  /** `subpath :: set`: functions of relative paths that stay below where they start. */
  subpath = {
    inherit isValid;
    /** `normalise :: string -> string`: a relative path in its one form: `./a/b`. */
    normalise = value: relative (components (demandSubpath "subpath.normalise" value));
    /** `join :: [string] -> string`: relative paths one behind the other. */
    join = list: relative (lib.concatMap (part: components (demandSubpath "subpath.join" part)) list);
    /** `components :: string -> [string]`: the names that a relative path consists of. */
    components = value: components (demandSubpath "subpath.components" value);
  };
}
