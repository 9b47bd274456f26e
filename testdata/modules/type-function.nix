{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.functionTo (types.listOf types.int); }; } { a = x: [ x ]; } { a = x: mkBefore [ (x + 1) ]; } ]; show = r: r.config.a 1; }
