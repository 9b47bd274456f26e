# Every attribute of `file` as JSON text, or "<throws>": `lib` is the lib to ask.
{ lib, file }:
builtins.mapAttrs (
  _: value:
  let
    text = builtins.tryEval (builtins.toJSON value);
  in
  if text.success then builtins.unsafeDiscardStringContext text.value else "<throws>"
) (import file lib)
