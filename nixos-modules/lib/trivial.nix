# Small functions about functions, numbers, messages and versions.
lib:
let
  inherit (builtins) isAttrs length;
  hexDigits = "0123456789ABCDEF";
in
rec {
  inherit (builtins)
    add
    ceil
    deepSeq
    div
    floor
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    mul
    pathExists
    readFile
    seq
    sub
    ;

  /** `id :: a -> a`: the argument itself. */
  id = x: x;
  /** `const :: a -> b -> a`: the first argument, whatever the second one is. */
  const = x: _: x;
  /** `flip :: (a -> b -> c) -> b -> a -> c`: the function with its first two arguments the other way round. */
  flip =
    f: a: b:
    f b a;
  /** `pipe :: a -> [a -> b, …] -> c`: hands a value through functions, one after the other. */
  pipe = builtins.foldl' (value: f: f value);
  /** `concat :: [a] -> [a] -> [a]`: both lists one behind the other. */
  concat = a: b: a ++ b;
  /** `or :: bool -> bool -> bool`: whether one of both holds. */
  or = a: b: a || b;
  /** `and :: bool -> bool -> bool`: whether both hold. */
  and = a: b: a && b;
  /** `xor :: bool -> bool -> bool`: whether just one of both holds. */
  xor = a: b: (!a) != (!b);
  /** `bitAnd :: int -> int -> int`: the bits that are set in both. */
  bitAnd = builtins.bitAnd;
  /** `bitOr :: int -> int -> int`: the bits that are set in one of both. */
  bitOr = builtins.bitOr;
  /** `bitXor :: int -> int -> int`: the bits that are set in just one of both. */
  bitXor = builtins.bitXor;
  /** `bitNot :: int -> int`: all bits the other way round. */
  bitNot = sub (-1);
  /** `boolToString :: bool -> string`: `"true"` or `"false"`. */
  boolToString = b: if b then "true" else "false";
  /** `boolToYesNo :: bool -> string`: `"yes"` or `"no"`. */
  boolToYesNo = b: if b then "yes" else "no";
  /** `mergeAttrs :: set -> set -> set`: both sets in one; the second one wins. */
  mergeAttrs = a: b: a // b;
  /** `defaultTo :: a -> a or null -> a`: the second argument, or the first one if that is null. */
  defaultTo = default: value: if value == null then default else value;
  /** `mapNullable :: (a -> b) -> a or null -> b or null`: calls the function unless the value is null. */
  mapNullable = f: value: if value == null then value else f value;
  /** `min :: a -> a -> a`: the smaller one. */
  min = a: b: if a < b then a else b;
  /** `max :: a -> a -> a`: the greater one. */
  max = a: b: if a > b then a else b;
  /** `mod :: int -> int -> int`: the remainder of a division. */
  mod = a: b: a - b * (a / b);
  /** `compare :: a -> a -> int`: -1, 0 or 1, as the first one is less, equal or greater. */
  compare =
    a: b:
    if a < b then
      -1
    else if b < a then
      1
    else
      0;
  /** `splitByAndCompare :: (a -> bool) -> (a -> a -> int) -> (a -> a -> int) -> a -> a -> int`: compares so that what the predicate holds for comes first, each part in its own way. */
  splitByAndCompare =
    p: whenYes: whenNo: a: b:
    if p a then
      (if p b then whenYes a b else -1)
    else if p b then
      1
    else
      whenNo a b;

  /** `importJSON :: path -> a`: what is in a JSON file. */
  importJSON = file: builtins.fromJSON (builtins.readFile file);
  /** `importTOML :: path -> set`: what is in a TOML file. */
  importTOML = file: builtins.fromTOML (builtins.readFile file);
  /** `fromHexString :: string -> int`: the number that hexadecimal digits stand for. */
  fromHexString =
    text:
    let
      digits = builtins.match "(0x|0X)?([0-9a-fA-F]+)" text;
    in
    if digits == null then
      throw "fromHexString: not a hexadecimal number: ${text}"
    else
      (builtins.fromTOML "v=0x${builtins.elemAt digits 1}").v;
  /** `toBaseDigits :: int -> int -> [int]`: the digits of a number to a base. */
  toBaseDigits =
    base: n:
    let
      go = rest: n: if n < base then [ n ] ++ rest else go ([ (mod n base) ] ++ rest) (n / base);
    in
    assert base >= 2;
    assert n >= 0;
    go [ ] n;
  /** `toHexString :: int -> string`: a number in hexadecimal digits. */
  toHexString =
    n: lib.concatMapStrings (d: builtins.substring d 1 hexDigits) (toBaseDigits 16 n);

  /** `warn :: string -> a -> a`: prints a warning when the value is used. */
  warn =
    builtins.warn or (message: value: builtins.trace "evaluation warning: ${message}" value);
  /** `warnIf :: bool -> string -> a -> a`: prints a warning when the value is used, if the condition holds. */
  warnIf = condition: message: if condition then warn message else id;
  /** `warnIfNot :: bool -> string -> a -> a`: prints a warning when the value is used, unless the condition holds. */
  warnIfNot = condition: message: if condition then id else warn message;
  /** `throwIf :: bool -> string -> a -> a`: fails with a message if the condition holds. */
  throwIf = condition: message: if condition then throw message else id;
  /** `throwIfNot :: bool -> string -> a -> a`: fails with a message unless the condition holds. */
  throwIfNot = condition: message: if condition then id else throw message;
  /** `showWarnings :: [string] -> a -> a`: prints warnings when the value is used. */
  showWarnings = warnings: value: builtins.foldl' (rest: w: warn w rest) value warnings;
  /** `checkListOfEnum :: string -> [a] -> [a] -> b -> b`: fails if the second list has elements that the first one has not. */
  checkListOfEnum =
    what: valid: given:
    let
      unknown = lib.subtractLists valid given;
    in
    throwIfNot (unknown == [ ]) "${what}: ${
      lib.concatStringsSep ", " (map toString unknown)
    } unexpected; valid ones: ${lib.concatStringsSep ", " (map toString valid)}";
  /** `assertMsg :: bool -> string -> bool`: for `assert`: fails with a message unless the condition holds. */
  assertMsg = condition: message: if condition then true else throw message;
  /** `assertOneOf :: string -> a -> [a] -> bool`: for `assert`: fails unless the value is one of the choices. */
  assertOneOf =
    name: value: choices:
    assertMsg (builtins.elem value choices) "${name} must be one of ${
      lib.generators.toPretty { } choices
    }, but is: ${lib.generators.toPretty { } value}";
  /** `assertEachOneOf :: string -> [a] -> [a] -> bool`: for `assert`: fails unless all values are among the choices. */
  assertEachOneOf =
    name: values: choices:
    assertMsg (builtins.all (value: builtins.elem value choices) values)
      "each element in ${name} must be one of ${lib.generators.toPretty { } choices}, but is: ${
        lib.generators.toPretty { } values
      }";

  # A function, or a set that acts as one; its arguments may be declared beside it.
  /** `isFunction :: a -> bool`: whether a value can be called, sets with `__functor` included. */
  isFunction = f: builtins.isFunction f || (f ? __functor && builtins.isFunction (f.__functor f));
  /** `functionArgs :: function -> { … :: bool }`: the named arguments of a function, and whether they have defaults. */
  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (functionArgs (f.__functor f))
    else
      builtins.functionArgs f;
  /** `setFunctionArgs :: function -> { … :: bool } -> function`: the function with other named arguments told by `functionArgs`. */
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  /** `mirrorFunctionArgs :: function -> function -> function`: the second function with the named arguments of the first one. */
  mirrorFunctionArgs = from: f: setFunctionArgs f (functionArgs from);
  /** `toFunction :: a -> function`: a function as it is; anything else as one that ignores its argument. */
  toFunction = value: if isFunction value then value else _: value;

  # Fixed points and overlays.
  /** `fix :: (a -> a) -> a`: the value that the function makes of that very value. */
  fix =
    f:
    let
      x = f x;
    in
    x;
  /** `fix' :: (set -> set) -> set`: the same, with the function kept in `__unfix__`. */
  fix' =
    f:
    let
      x = f x // {
        __unfix__ = f;
      };
    in
    x;
  /** `converge :: (a -> a) -> a -> a`: calls the function again and again until nothing changes. */
  converge =
    f: x:
    let
      next = f x;
    in
    if next == x then x else converge f next;
  /** `extends :: overlay -> (final -> set) -> final -> set`: puts an overlay (`final: prev: …`) on a function for `fix`. */
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  /** `composeExtensions :: overlay -> overlay -> overlay`: two overlays in one; the second one sees what the first one made. */
  composeExtensions =
    f: g: final: prev:
    let
      first = f final prev;
    in
    first // g final (prev // first);
  /** `composeManyExtensions :: [overlay] -> overlay`: all overlays in one. */
  composeManyExtensions = lib.foldr composeExtensions (_: _: { });
  /** `toExtension :: a -> overlay`: an overlay of a set, of a function of `prev`, or of one already. */
  toExtension =
    f:
    if isFunction f then
      final: prev:
      let
        inner = f prev;
      in
      if isFunction inner then f final prev else inner
    else
      _: _: f;
  /** `makeExtensible :: (final -> set) -> set`: a set with `extend`, which puts an overlay on it. */
  makeExtensible = makeExtensibleWithCustomName "extend";
  /** `makeExtensibleWithCustomName :: string -> (final -> set) -> set`: the same, with another name for `extend`. */
  makeExtensibleWithCustomName =
    name: f:
    fix' (
      self:
      f self
      // {
        ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f);
      }
    );
  /** `makeOverridable :: (set -> a) -> set -> a`: calls the function so that the result has `override`, for other arguments. */
  makeOverridable =
    f:
    mirrorFunctionArgs f (
      args:
      let
        result = f args;
        with' = new: args // (if isFunction new then new args else new);
        again = g: makeOverridable (mirrorFunctionArgs f g);
      in
      if isAttrs result then
        result
        // {
          override = mirrorFunctionArgs f (new: makeOverridable f (with' new));
          overrideDerivation = g: again (x: overrideDerivation (f x) g) args;
        }
        // lib.optionalAttrs (result ? overrideAttrs) {
          overrideAttrs = g: again (x: (f x).overrideAttrs g) args;
        }
      else if isFunction result then
        setFunctionArgs result (functionArgs result)
        // {
          override = mirrorFunctionArgs f (new: makeOverridable f (with' new));
        }
      else
        result
    );
  /** `overrideDerivation :: derivation -> (set -> set) -> derivation`: a derivation with other attributes. */
  overrideDerivation = drv: f: derivation (drv.drvAttrs // f drv);
  /** `callPackageWith :: set -> function or path -> set -> a`: calls a function with the arguments it asks for, from the set. */
  callPackageWith =
    scope: fn: args:
    let
      f = if isFunction fn then fn else import fn;
      wanted = functionArgs f;
      missing = builtins.filter (name: !(wanted.${name} || scope ? ${name} || args ? ${name})) (
        builtins.attrNames wanted
      );
    in
    if missing == [ ] then
      makeOverridable f (builtins.intersectAttrs wanted scope // args)
    else
      throw "lib.customisation.callPackageWith: Function called without required argument \"${builtins.head missing}\"";
  /** `callPackagesWith :: set -> function or path -> set -> set`: the same for a function that gives several packages. */
  callPackagesWith =
    scope: fn: args:
    let
      pkgs = callPackageWith scope fn args;
    in
    if isAttrs pkgs then removeAttrs pkgs [ "override" "overrideDerivation" ] else pkgs;
  /** `makeScope :: (set -> function) -> (self -> set) -> set`: packages that see each other, with a `callPackage` of their own. */
  makeScope =
    newScope: f:
    let
      self = f self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (extends overlay f);
        packages = f;
      };
    in
    self;

  # Stand-ins for a hash that the first build tells.
  /** `fakeHash :: string`: a hash that no file has: the first build tells the right one. */
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  /** `fakeSha256 :: string`: the same, for `sha256`. */
  fakeSha256 = lib.concatStrings (lib.replicate 64 "0");
  /** `fakeSha512 :: string`: the same, for `sha512`. */
  fakeSha512 = lib.concatStrings (lib.replicate 128 "0");

  # Parts of a script, each with the parts it needs before it.
  /** `noDepEntry :: string -> { text, deps }`: a part of a script that needs no other. */
  noDepEntry = text: fullDepEntry text [ ];
  /** `fullDepEntry :: string -> [string] -> { text, deps }`: a part of a script that comes behind others. */
  fullDepEntry = text: deps: { inherit text deps; };
  /** `packEntry :: [string] -> { text, deps }`: a part of a script without a text of its own. */
  packEntry = fullDepEntry "";
  /** `stringAfter :: [string] -> string -> { text, deps }`: a part of a script that comes behind others. */
  stringAfter = deps: text: fullDepEntry text deps;

  # Printing while evaluating.
  inherit (builtins) trace addErrorContext unsafeGetAttrPos;
  /** `traceIf :: bool -> string -> a -> a`: prints a message when the value is used, if the condition holds. */
  traceIf = condition: message: value: if condition then trace message value else value;
  /** `traceValFn :: (a -> b) -> a -> a`: prints what the function makes of the value when that is used. */
  traceValFn = f: value: trace (f value) value;
  /** `traceVal :: a -> a`: prints the value when it is used. */
  traceVal = traceValFn id;
  /** `traceSeq :: a -> b -> b`: prints the first value, evaluated to the end, when the second one is used. */
  traceSeq = shown: value: trace (deepSeq shown shown) value;
  /** `traceValSeqFn :: (a -> b) -> a -> a`: prints what the function makes of the value, evaluated to the end. */
  traceValSeqFn = f: value: traceValFn f (deepSeq value value);
  /** `traceValSeq :: a -> a`: prints the value, evaluated to the end. */
  traceValSeq = traceValSeqFn id;
  /** `traceSeqN :: int -> a -> b -> b`: prints the first value, evaluated so deep, when the second one is used. */
  traceSeqN =
    depth: shown: value:
    trace (lib.generators.toPretty { allowPrettyValues = true; } (
      lib.generators.withRecursion {
        depthLimit = depth;
        throwOnDepthLimit = false;
      } shown
    )) value;
  /** `traceValSeqNFn :: (a -> b) -> int -> a -> a`: prints what the function makes of the value, evaluated so deep. */
  traceValSeqNFn = f: depth: value: traceSeqN depth (f value) value;
  /** `traceValSeqN :: int -> a -> a`: prints the value, evaluated so deep. */
  traceValSeqN = traceValSeqNFn id;
  /** `traceFnSeqN :: int -> string -> (a -> b) -> a -> b`: calls the function, and prints what it got and gave. */
  traceFnSeqN =
    depth: name: f: value:
    let
      result = f value;
    in
    traceSeqN depth {
      fn = name;
      from = value;
      to = result;
    } result;
  /** `runTests :: set -> [{ name, expected, result }]`: the tests of a set whose `expr` is not what is `expected`. */
  runTests =
    tests:
    let
      chosen =
        tests.tests or (builtins.filter (name: builtins.substring 0 4 name == "test") (
          builtins.attrNames tests
        ));
    in
    lib.concatMap (
      name:
      let
        test = tests.${name};
      in
      lib.optional (test.expr != test.expected) {
        inherit name;
        inherit (test) expected;
        result = test.expr;
      }
    ) chosen;

  /** `inNixShell :: bool`: whether a `nix-shell` evaluates. */
  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  /** `inPureEvalMode :: bool`: whether the evaluation is pure. */
  inPureEvalMode = !(builtins ? currentSystem);

  # The release of nixpkgs that these functions agree with.
  /** `release :: string`: the release of nixpkgs that these functions agree with. */
  release = "26.11";
  /** `codeName :: string`: the code name of that release. */
  codeName = "Zokor";
  /** `versionSuffix :: string`: what stands behind the release in the version. */
  versionSuffix = "pre-git";
  /** `version :: string`: the version of nixpkgs that these functions agree with. */
  version = release + versionSuffix;
  /** `nixpkgsVersion :: string`: another name of `version`. */
  nixpkgsVersion = version;
  /** `revisionWithDefault :: string -> string`: the revision of nixpkgs, else the default. */
  revisionWithDefault = default: default;
  /** `oldestSupportedRelease :: int`: the oldest release of NixOS with support, as a number: `2511`. */
  oldestSupportedRelease = 2511;
  /** `oldestSupportedReleaseIsAtLeast :: int -> bool`: whether that is at least so new. */
  oldestSupportedReleaseIsAtLeast = release: release <= oldestSupportedRelease;
  /** `isInOldestRelease :: int -> bool`: another name of `oldestSupportedReleaseIsAtLeast`. */
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;

  /** `versions :: set`: functions of versions. */
  versions = {
    inherit (builtins) compareVersions splitVersion;
    /** `major :: string -> string`: the first number of a version. */
    major = version: builtins.elemAt (builtins.splitVersion version) 0;
    /** `minor :: string -> string`: the second number of a version. */
    minor = version: builtins.elemAt (builtins.splitVersion version) 1;
    /** `patch :: string -> string`: the third number of a version. */
    patch = version: builtins.elemAt (builtins.splitVersion version) 2;
    /** `majorMinor :: string -> string`: the first two numbers of a version. */
    majorMinor =
      version:
      builtins.concatStringsSep "." (lib.take 2 (builtins.splitVersion version));
    /** `pad :: int -> string -> string`: a version with so many numbers, with zeros or cut off. */
    pad =
      n: version:
      let
        parts = lib.splitString "-" version;
        numbers = lib.splitString "." (builtins.head parts);
        rest = lib.concatStringsSep "-" (builtins.tail parts);
      in
      lib.concatStringsSep "." (lib.take n (numbers ++ lib.replicate (lib.max 0 (n - length numbers)) "0"))
      + lib.optionalString (rest != "") "-${rest}";
  };
}
