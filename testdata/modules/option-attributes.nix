{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.listOf types.int; default = [ ]; description = "d"; internal = true; visible = false; example = [ 1 ]; }; } { a = [ 1 ]; } { a = mkBefore [ 2 ]; } ]; show = r: { inherit (r.options.a) isDefined value definitions highestPrio loc default description internal visible example; type = r.options.a.type.name; }; }
