# What conex's module system, which is not Nix, gives to this `lib`. In conex another value stands
# in the place of this file; here is what any other Nix finds.
let
  only = name: throw "lib.${name} of conex's embedded lib works in conex only";
in
{
  # lib → { modules; … } → { config; options; … }
  evalModules = _: only "evalModules";
  # type → value → bool
  check = _: only "types.check";
  # type → loc → [ { file; value; } ] → value
  merge = _: only "types.merge";
  # loc → type → [ { file; value; } ] → { mergedValue; isDefined; … }
  mergeDefinitions = _: only "mergeDefinitions";
}
