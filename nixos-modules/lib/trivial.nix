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

  id = x: x;
  const = x: _: x;
  flip =
    f: a: b:
    f b a;
  pipe = builtins.foldl' (value: f: f value);
  concat = a: b: a ++ b;
  or = a: b: a || b;
  and = a: b: a && b;
  xor = a: b: (!a) != (!b);
  bitAnd = builtins.bitAnd;
  bitOr = builtins.bitOr;
  bitXor = builtins.bitXor;
  bitNot = sub (-1);
  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";
  mergeAttrs = a: b: a // b;
  defaultTo = default: value: if value == null then default else value;
  mapNullable = f: value: if value == null then value else f value;
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = a: b: a - b * (a / b);
  compare =
    a: b:
    if a < b then
      -1
    else if b < a then
      1
    else
      0;
  splitByAndCompare =
    p: whenYes: whenNo: a: b:
    if p a then
      (if p b then whenYes a b else -1)
    else if p b then
      1
    else
      whenNo a b;

  importJSON = file: builtins.fromJSON (builtins.readFile file);
  importTOML = file: builtins.fromTOML (builtins.readFile file);
  fromHexString =
    text:
    let
      digits = builtins.match "(0x|0X)?([0-9a-fA-F]+)" text;
    in
    if digits == null then
      throw "fromHexString: not a hexadecimal number: ${text}"
    else
      (builtins.fromTOML "v=0x${builtins.elemAt digits 1}").v;
  toBaseDigits =
    base: n:
    let
      go = rest: n: if n < base then [ n ] ++ rest else go ([ (mod n base) ] ++ rest) (n / base);
    in
    assert base >= 2;
    assert n >= 0;
    go [ ] n;
  toHexString =
    n: lib.concatMapStrings (d: builtins.substring d 1 hexDigits) (toBaseDigits 16 n);

  warn =
    builtins.warn or (message: value: builtins.trace "evaluation warning: ${message}" value);
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: message: if condition then id else warn message;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: message: if condition then id else throw message;
  showWarnings = warnings: value: builtins.foldl' (rest: w: warn w rest) value warnings;
  checkListOfEnum =
    what: valid: given:
    let
      unknown = lib.subtractLists valid given;
    in
    throwIfNot (unknown == [ ]) "${what}: ${
      lib.concatStringsSep ", " (map toString unknown)
    } unexpected; valid ones: ${lib.concatStringsSep ", " (map toString valid)}";
  assertMsg = condition: message: if condition then true else throw message;
  assertOneOf =
    name: value: choices:
    assertMsg (builtins.elem value choices) "${name} must be one of ${
      lib.generators.toPretty { } choices
    }, but is: ${lib.generators.toPretty { } value}";
  assertEachOneOf =
    name: values: choices:
    assertMsg (builtins.all (value: builtins.elem value choices) values)
      "each element in ${name} must be one of ${lib.generators.toPretty { } choices}, but is: ${
        lib.generators.toPretty { } values
      }";

  # A function, or a set that acts as one; its arguments may be declared beside it.
  isFunction = f: builtins.isFunction f || (f ? __functor && builtins.isFunction (f.__functor f));
  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (functionArgs (f.__functor f))
    else
      builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  mirrorFunctionArgs = from: f: setFunctionArgs f (functionArgs from);
  toFunction = value: if isFunction value then value else _: value;

  # Fixed points and overlays.
  fix =
    f:
    let
      x = f x;
    in
    x;
  fix' =
    f:
    let
      x = f x // {
        __unfix__ = f;
      };
    in
    x;
  converge =
    f: x:
    let
      next = f x;
    in
    if next == x then x else converge f next;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  composeExtensions =
    f: g: final: prev:
    let
      first = f final prev;
    in
    first // g final (prev // first);
  composeManyExtensions = lib.foldr composeExtensions (_: _: { });
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
  makeExtensible = makeExtensibleWithCustomName "extend";
  makeExtensibleWithCustomName =
    name: f:
    fix' (
      self:
      f self
      // {
        ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f);
      }
    );
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
  overrideDerivation = drv: f: derivation (drv.drvAttrs // f drv);
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
  callPackagesWith =
    scope: fn: args:
    let
      pkgs = callPackageWith scope fn args;
    in
    if isAttrs pkgs then removeAttrs pkgs [ "override" "overrideDerivation" ] else pkgs;
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
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = lib.concatStrings (lib.replicate 64 "0");
  fakeSha512 = lib.concatStrings (lib.replicate 128 "0");

  # Parts of a script, each with the parts it needs before it.
  noDepEntry = text: fullDepEntry text [ ];
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = fullDepEntry "";
  stringAfter = deps: text: fullDepEntry text deps;

  # Printing while evaluating.
  inherit (builtins) trace addErrorContext unsafeGetAttrPos;
  traceIf = condition: message: value: if condition then trace message value else value;
  traceValFn = f: value: trace (f value) value;
  traceVal = traceValFn id;
  traceSeq = shown: value: trace (deepSeq shown shown) value;
  traceValSeqFn = f: value: traceValFn f (deepSeq value value);
  traceValSeq = traceValSeqFn id;
  traceSeqN =
    depth: shown: value:
    trace (lib.generators.toPretty { allowPrettyValues = true; } (
      lib.generators.withRecursion {
        depthLimit = depth;
        throwOnDepthLimit = false;
      } shown
    )) value;
  traceValSeqNFn = f: depth: value: traceSeqN depth (f value) value;
  traceValSeqN = traceValSeqNFn id;
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

  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  # The release of nixpkgs that these functions agree with.
  release = "26.11";
  codeName = "Zokor";
  versionSuffix = "pre-git";
  version = release + versionSuffix;
  nixpkgsVersion = version;
  revisionWithDefault = default: default;
  oldestSupportedRelease = 2511;
  oldestSupportedReleaseIsAtLeast = release: release <= oldestSupportedRelease;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;

  versions = {
    inherit (builtins) compareVersions splitVersion;
    major = version: builtins.elemAt (builtins.splitVersion version) 0;
    minor = version: builtins.elemAt (builtins.splitVersion version) 1;
    patch = version: builtins.elemAt (builtins.splitVersion version) 2;
    majorMinor =
      version:
      builtins.concatStringsSep "." (lib.take 2 (builtins.splitVersion version));
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
