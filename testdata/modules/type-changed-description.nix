{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int // { description = "a number"; }; }; } { a = 1; } ]; show = r: [ r.config.a r.options.a.type.description ]; }
