# What a case comes to, as JSON text. A case is a function of `{ lib }`, and gives the arguments of
# `lib.evalModules`, or its result; beside them `show`, what to look at of the result: mostly
# `config`. What JSON can not hold is a marker.
{ lib, case }:
let
  arguments = case { inherit lib; };
  evaluated = lib.evalModules (removeAttrs arguments [ "show" ]);
  shown = (arguments.show or (result: result.config)) evaluated;

  here = toString ./.;
  relative = builtins.replaceStrings [ here ] [ "." ];
  mark =
    depth: value:
    if depth == 0 then
      "«deep»"
    else if builtins.isAttrs value then
      if value.type or null == "derivation" then
        "«derivation»"
      else if value._type or null == "option-type" then
        "«type»"
      else if value ? __functor then
        "«functor»"
      else
        builtins.mapAttrs (_: mark (depth - 1)) value
    else if builtins.isList value then
      map (mark (depth - 1)) value
    else if builtins.isFunction value then
      "«function»"
    else if builtins.isPath value then
      "«path» ${relative (toString value)}"
    else if builtins.isString value then
      relative (builtins.unsafeDiscardStringContext value)
    else
      value;
in
builtins.toJSON (mark 12 shown)
