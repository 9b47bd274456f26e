{ lib }:
with lib;
{ modules = [ { freeformType = types.lazyAttrsOf types.int; } { b = 1; c = throw "lazy"; } ]; show = r: r.config.b; }
