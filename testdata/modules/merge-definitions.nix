{ lib }:
with lib;
{ modules = [ ]; show = _: let m = mergeDefinitions [ "x" ] (types.listOf types.int) [ { file = "a"; value = [ 1 ]; } { file = "b"; value = mkBefore [ 2 ]; } ]; in { inherit (m) mergedValue isDefined; n = length m.defsFinal; }; }
